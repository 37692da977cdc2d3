package settings

import "math"

// appserviceKeys are the rows of the section appservice.
func appserviceKeys() *key {
	return &key{
		name: "appservice", into: func(c *Config) any { return &c.AppService },
		doc: lines(
			"The bridge as an application service. `slack-bridge registration` prints the",
			"registration that belongs to these values; a change here changes it.",
		),
		keys: []*key{
			{
				name: "address", kind: kindText, value: "http://127.0.0.1:29319", check: isAddress,
				doc: lines("The address at which the homeserver reaches the bridge."),
			},
			{
				name: "public_address", kind: kindText, value: `""`, check: optional(isAddress),
				doc: lines(
					"The address at which Slack reaches the bridge through a reverse proxy, such as",
					"https://your.server, to fetch the pictures of Matrix people. The proxy passes",
					"/_slack-bridge/face/ on and nothing else. Empty: no picture is sent.",
				),
			},
			{
				name: "hostname", kind: kindText, value: "127.0.0.1", check: isHost,
				doc: lines("Where the bridge listens."),
			},
			{
				name: "port", kind: kindInt, value: "29319", check: between(1, math.MaxUint16),
			},
			{
				name: "id", kind: kindText, value: "slack", check: isID,
				doc: lines("The id of the registration."),
			},
			{
				name: "bot",
				doc:  lines("The bridge's own user."),
				keys: []*key{
					{
						name: "username", kind: kindText, value: "slackbot", check: isLocalpart,
						doc: lines("Its localpart, and the registration's sender_localpart."),
					},
					{
						name: "displayname", kind: kindText, value: "Slack bridge",
						doc: lines(
							"Its name and its avatar (mxc://…). Empty leaves them alone, `remove` removes",
							"them.",
						),
					},
					{
						name: "avatar", kind: kindText, value: `""`, check: isAvatar,
					},
				},
			},
			{
				name: "ephemeral_events", kind: kindBool, value: "false",
				doc: lines(
					"Should the homeserver send typing, receipts and presence? Needed when",
					"encryption.appservice is on.",
				),
			},
			{
				name: "as_token", kind: kindText, value: "generate", check: isToken,
				secret: generatedSecret,
				doc:    lines("The tokens by which the bridge and the homeserver know each other."),
			},
			{
				name: "hs_token", kind: kindText, value: "generate", check: isToken,
				secret: generatedSecret,
			},
			{
				name: "username_template", kind: kindText, value: "slack_{{.}}", check: isUsernameTemplate,
				doc: lines(
					"Go template of the localparts of Slack people: {{.}} is their id. The aliases of",
					"public channels are made by it as well, with the channel's name.",
				),
			},
		},
	}
}
