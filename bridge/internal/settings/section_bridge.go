package settings

// bridgeKeys are the rows of the section bridge.
func bridgeKeys() *key {
	return &key{
		name: "bridge", into: func(c *Config) any { return &c.Bridge },
		doc: lines("What the bridge does in its rooms."),
		keys: []*key{
			{
				name: "command_prefix", kind: kindText, value: "'!slack'", check: isOneWord,
				doc: lines("What commands begin with outside of a management room."),
			},
			{
				name: "personal_filtering_spaces", kind: kindBool, value: "false",
				doc: lines(
					"Should each login have its own space with its rooms, in addition to the space of",
					"the workspace?",
				),
			},
			{
				name: "private_chat_portal_meta", kind: kindBool, value: "true",
				doc: lines(
					"Should the name and avatar of a direct message's room be set? Needed for clients",
					"that do not work them out from the members.",
				),
			},
			{
				name: "resend_bridge_info", kind: kindBool, value: "false",
				doc: lines("Should all rooms get their bridge information again at start?"),
			},
			{
				name: "bridge_status_notices", kind: kindText, value: "errors", check: oneOf("none", "errors", "all"),
				doc: lines(
					"Which changes of a login's connection are said in its management room: none,",
					"errors or all.",
				),
			},
			{
				name: "bridge_notices", kind: kindBool, value: "false",
				doc: lines("Should messages of type m.notice go to Slack?"),
			},
			{
				name: "relay",
				doc: lines(
					"How the messages of Matrix people look in Slack. An app's login carries them all",
					"under their own names, without a command in any room.",
				),
				keys: []*key{
					{
						name: "displayname_format", kind: kindText, value: "'{{.DisambiguatedName}}'", check: isRelayName,
						doc: lines("Go template of the name. It sees .DisambiguatedName, .Displayname and .UserID."),
					},
				},
			},
			{
				name: "permissions", kind: kindOpenMap, value: `"example.com": relay
"@admin:example.com": admin`,
				checkKey: isUserOrServer, element: &key{kind: kindPermission},
				doc: lines(
					`Who may do what. Keys are full Matrix ids, domains of servers, or "*" for`,
					"everybody on any server; the most exact key counts. Levels:",
					"  relay: what they write is carried to Slack",
					"  commands: and they may give the bot commands",
					"  user: and they may log in",
					"  admin: and they may administrate the bridge",
					"  block: nothing of all that",
					`With "*": relay, every person who is invited to a room can write to your Slack.`,
				),
			},
		},
	}
}
