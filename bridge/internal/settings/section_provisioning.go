package settings

// provisioningKeys are the rows of the section provisioning.
func provisioningKeys() *key {
	return &key{
		name: "provisioning", into: func(c *Config) any { return &c.Provisioning },
		doc: lines("The HTTP API by which other programs log in and out."),
		keys: []*key{
			{
				name: "shared_secret", kind: kindText, value: "generate", check: isSharedSecret,
				secret: generatedSecret,
				doc:    lines("The secret that opens it for every user: at least 16 characters, or `disable`."),
			},
			{
				name: "allow_matrix_auth", kind: kindBool, value: "true",
				doc: lines("May people use it with their own Matrix access token?"),
			},
			{
				name: "debug_endpoints", kind: kindBool, value: "false",
				doc: lines("Should /debug be served, behind the secret?"),
			},
		},
	}
}
