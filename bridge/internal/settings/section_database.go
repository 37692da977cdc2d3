package settings

// databaseKeys are the rows of the section database.
func databaseKeys() *key {
	return &key{
		name: "database", into: func(c *Config) any { return &c.Database },
		doc: lines("Where the bridge keeps its data."),
		keys: []*key{
			{
				name: "type", kind: kindText, value: "sqlite3-fk-wal", check: oneOf("sqlite3-fk-wal", "postgres"),
				doc: lines("sqlite3-fk-wal or postgres."),
			},
			{
				name: "uri", kind: kindText, value: "file:slack-bridge.db?_txlock=immediate",
				secret: operatorsSecret,
				doc: lines(
					"SQLite: file:<path>?_txlock=immediate.",
					"PostgreSQL: postgresql:///slack_bridge?host=/run/postgresql over a Unix socket,",
					"postgresql://user:percent-encoded-password@192.0.2.1/slack_bridge over a network.",
					"Not through PgBouncer in transaction mode: the lock on the database belongs to one connection.",
				),
			},
			{
				name: "max_open_conns", kind: kindInt, value: "5", check: atLeast(1),
				doc: lines("Bounds of the pool of connections."),
			},
			{
				name: "max_idle_conns", kind: kindInt, value: "1", check: atLeast(0),
			},
			{
				name: "conn_max_idle_time", kind: kindText, value: `""`, check: optional(isDuration),
				doc: lines("How long a connection may be idle or live, such as 10m or 1h. Empty is without limit."),
			},
			{
				name: "conn_max_lifetime", kind: kindText, value: `""`, check: optional(isDuration),
			},
		},
	}
}
