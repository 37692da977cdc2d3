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
			{
				name: "levels", keys: hopLevels(),
				doc: lines("Levels of single parts of the bridge, for looking closer at one. Empty is level."),
			},
		},
	}
}

// hopLevels are a row for each part of the bridge that can have a level of its own.
func hopLevels() (rows []*key) {
	about := map[string]string{
		"slackws": "Sockets to Slack.", "slackapi": "Calls of Slack's Web API.", "matrixin": "What the homeserver sends.",
		"delivery": "Whether the homeserver delivers.", "inbox": "What waits and is handled.", "database": "The database.",
		"framework": "Everything else that is done for messages and rooms.", "health": "The listener of operator.address.",
	}
	for _, hop := range logging.Hops() {
		rows = append(rows, &key{name: hop, kind: kindText, value: `""`, check: optional(oneOf(logging.Levels()...)), doc: lines(about[hop])})
	}
	return rows
}
