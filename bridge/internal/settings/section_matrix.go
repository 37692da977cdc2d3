package settings

// matrixKeys are the rows of the section matrix.
func matrixKeys() *key {
	return &key{
		name: "matrix", into: func(c *Config) any { return &c.Matrix },
		doc: lines("How the bridge behaves as a Matrix client."),
		keys: []*key{
			{
				name: "message_status_events", kind: kindBool, value: "false",
				doc: lines("Should the fate of each message be told in com.beeper.message_send_status events?"),
			},
			{
				name: "delivery_receipts", kind: kindBool, value: "false",
				doc: lines("Should the bot mark messages that reached Slack as read?"),
			},
			{
				name: "message_error_notices", kind: kindBool, value: "true",
				doc: lines("Should a message that did not reach Slack be answered with a notice?"),
			},
			{
				name: "sync_direct_chat_list", kind: kindBool, value: "true",
				doc: lines("Should double-puppeted people's lists of direct chats be kept up to date?"),
			},
			{
				name: "federate_rooms", kind: kindBool, value: "false",
				doc: lines(
					"Should new rooms be open to people of other servers? This cannot be changed later",
					"for an existing room.",
				),
			},
			{
				name: "upload_file_threshold", kind: kindInt, value: "5242880", check: atLeast(0),
				doc: lines("Uploads larger than this many bytes go through a file instead of memory."),
			},
		},
	}
}
