package settings

// homeserverKeys are the rows of the section homeserver.
func homeserverKeys() *key {
	return &key{
		name: "homeserver", into: func(c *Config) any { return &c.Homeserver },
		doc: lines("The Matrix homeserver."),
		keys: []*key{
			{
				name: "address", kind: kindText, value: "http://127.0.0.1:8008", check: isAddress,
				doc: lines("The address at which the bridge reaches the homeserver."),
			},
			{
				name: "domain", kind: kindText, value: "example.com", check: isServerName,
				doc: lines("The server name: what stands behind the colon in its users' ids."),
			},
			{
				name: "software", kind: kindText, value: "standard", check: oneOf("standard"),
				doc: lines("The kind of homeserver. Every one that follows the specification is `standard`."),
			},
			{
				name: "startup_wait", kind: kindText, value: "60s", check: isDuration,
				into: func(c *Config) any { return &c.StartupWait },
				doc:  lines("How long to wait at start for a database or a homeserver that does not answer yet."),
			},
			{
				name: "retry_limit", kind: kindInt, value: "4", check: atLeast(0),
				doc: lines(
					"How often a request is tried again that failed with a network error, 429, 502,",
					"503 or 504.",
				),
			},
			{
				name: "async_media", kind: kindBool, value: "false",
				doc: lines("Does the homeserver support uploads after the event (MSC2246)?"),
			},
		},
	}
}
