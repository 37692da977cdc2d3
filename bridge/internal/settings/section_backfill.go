package settings

// backfillKeys are the rows of the section backfill.
func backfillKeys() *key {
	return &key{
		name: "backfill", into: func(c *Config) any { return &c.Backfill },
		doc: lines("Messages from before a room was made."),
		keys: []*key{
			{
				name: "enabled", kind: kindBool, value: "false",
				doc: lines("Should they be fetched at all?"),
			},
			{
				name: "max_initial_messages", kind: kindInt, value: "50", check: atLeast(0),
				doc: lines("At most how many, in a new room and after the bridge was away."),
			},
			{
				name: "max_catchup_messages", kind: kindInt, value: "500", check: atLeast(0),
			},
			{
				name: "unread_hours_threshold", kind: kindInt, value: "720", check: atLeast(0),
				doc: lines("A conversation that is quiet for this many hours is marked as read."),
			},
			{
				name: "threads",
				doc:  lines("Replies in threads."),
				keys: []*key{
					{
						name: "max_initial_messages", kind: kindInt, value: "50", check: atLeast(0),
						doc: lines("At most how many in a new thread."),
					},
				},
			},
		},
	}
}
