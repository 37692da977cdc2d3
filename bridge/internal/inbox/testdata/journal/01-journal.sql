-- v0 -> v1: Rows of the inbox
CREATE TABLE slack_journal (
	-- only: postgres
	id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	-- AUTOINCREMENT: the id of a pruned row never comes back.
	-- only: sqlite
	id          INTEGER PRIMARY KEY AUTOINCREMENT,
	source      TEXT   NOT NULL,
	key         TEXT   NOT NULL,
	lane        TEXT   NOT NULL,
	payload     BYTEA,
	arrived_ms  BIGINT NOT NULL,
	done_ms     BIGINT,

	UNIQUE (source, key)
);
CREATE INDEX slack_journal_pending_idx ON slack_journal (source, id) WHERE done_ms IS NULL;
CREATE INDEX slack_journal_done_idx ON slack_journal (done_ms) WHERE done_ms IS NOT NULL;
