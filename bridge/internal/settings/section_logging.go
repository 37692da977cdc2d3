package settings

import "ops-jrz1/bridge/internal/logging"

// loggingKeys are the rows of the section logging.
func loggingKeys() *key {
	return &key{
		name: "logging", into: func(c *Config) any { return &c.Logging },
		doc: lines("The log goes to the standard error output, with every token blacked out."),
		keys: []*key{
			{
				name: "level", kind: kindText, value: "info", check: oneOf(logging.Levels()...),
				doc: lines("The lowest level written: trace, debug, info, warn or error."),
			},
			{
				name: "format", kind: kindText, value: "auto", check: oneOf(logging.Formats()...),
				doc: lines("json, console, or auto: coloured console on a terminal and JSON anywhere else."),
			},
		},
	}
}
