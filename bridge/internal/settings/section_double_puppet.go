package settings

// doublePuppetKeys are the rows of the section double_puppet.
func doublePuppetKeys() *key {
	return &key{
		name: "double_puppet", into: func(c *Config) any { return &c.DoublePuppet },
		doc: lines("Acting as a Matrix person who is the owner of a login."),
		keys: []*key{
			{
				name: "servers", kind: kindOpenMap, value: "{}",
				checkKey: isPuppetServer, element: text(isAddress),
				doc: lines(`Addresses of the homeservers of other domains: "their.domain": https://address.`),
			},
			{
				name: "allow_discovery", kind: kindBool, value: "false",
				doc: lines("May the address of any other server be looked up?"),
			},
			{
				name: "secrets", kind: kindOpenMap, value: "{}",
				secret: operatorsSecret, checkKey: isPuppetServer, element: text(nil),
				doc: lines(
					`Secrets by domain, e.g. "as_token:" and the token of a double puppeting`,
					"registration.",
				),
			},
		},
	}
}
