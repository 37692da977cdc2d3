package settings

// publicMediaKeys are the rows of the section public_media.
func publicMediaKeys() *key {
	return &key{
		name: "public_media", into: func(c *Config) any { return &c.PublicMedia },
		doc: lines(
			"Links by which the world can see media: Slack fetches the avatars of Matrix people",
			"by them.",
		),
		keys: []*key{
			{
				name: "enabled", kind: kindBool, value: "false",
				doc: lines("Needs appservice.public_address."),
			},
			{
				name: "signing_key", kind: kindText, value: "generate",
				secret: generatedSecret, neededFor: "public_media.enabled",
				doc: lines("What the links are signed with."),
			},
			{
				name: "expiry", kind: kindInt, value: "0", check: atLeast(0),
				doc: lines("After how many seconds a link ends. 0 is never."),
			},
			{
				name: "hash_length", kind: kindInt, value: "32", check: between(16, 32),
				doc: lines("The length of a link's signature in bytes, at most 32."),
			},
			{
				name: "path_prefix", kind: kindText, value: "/_mautrix/publicmedia", check: isURLPath,
				doc: lines("The path that links begin with. The bridge itself serves /_mautrix/publicmedia."),
			},
			{
				name: "use_database", kind: kindBool, value: "false",
				doc: lines("Should links be short and kept in the database? Needed for encrypted media."),
			},
		},
	}
}
