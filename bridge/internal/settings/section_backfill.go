package settings

// Backfill is the section of that name: what of a conversation's history a new room gets.
type Backfill struct {
	Enabled bool `yaml:"enabled"`
	// MaxInitialMessages bounds the messages outside of threads, in a channel, and
	// MaxInitialDirectMessages in a direct conversation of two or more. 0 means none.
	MaxInitialMessages       int `yaml:"max_initial_messages"`
	MaxInitialDirectMessages int `yaml:"max_initial_direct_messages"`
	// MaxCatchupMessages and UnreadHoursThreshold have no effect.
	MaxCatchupMessages   int `yaml:"max_catchup_messages"`
	UnreadHoursThreshold int `yaml:"unread_hours_threshold"`
	// Threads bounds the replies of each thread.
	Threads struct {
		MaxInitialMessages int `yaml:"max_initial_messages"`
	} `yaml:"threads"`
}

// backfillKeys are the rows of the section backfill. The framework's own backfill stays
// off, see docs/decisions/0022-history-of-our-own.md.
func backfillKeys() *key {
	return &key{
		name: "backfill", into: func(c *Config) any { return &c.Backfill },
		doc: lines("What was said before a room was made: a new room begins with it. A room that",
			"holds messages gets no older ones, since homeservers only append."),
		keys: []*key{
			{
				name: "enabled", kind: kindBool, value: "true",
				doc: lines("Does a new room get messages from before?"),
			},
			{
				name: "max_initial_messages", kind: kindInt, value: "100", check: atLeast(0),
				doc: lines("At most how many in a channel's room, the newest; 0 for none. Replies in",
					"threads come on top."),
			},
			{
				name: "max_initial_direct_messages", kind: kindInt, value: "100", check: atLeast(0),
				doc: lines("The same for direct messages, between two or more people."),
			},
			{
				name: "max_catchup_messages", kind: kindInt, value: "500", check: atLeast(0),
				doc: lines("Without effect, accepted for mautrix-slack's sake: after an absence the bridge",
					"reads everything that it missed."),
			},
			{
				name: "unread_hours_threshold", kind: kindInt, value: "720", check: atLeast(0),
				doc: lines("Without effect, accepted for mautrix-slack's sake: an app has no read marks."),
			},
			{
				name: "threads",
				doc:  lines("Replies in threads."),
				keys: []*key{
					{
						name: "max_initial_messages", kind: kindInt, value: "50", check: atLeast(0),
						doc: lines("At most how many of each thread, the newest; 0 for none."),
					},
				},
			},
		},
	}
}
