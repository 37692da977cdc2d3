-- v0 -> v1: one queue for both directions

-- Rows that wait, or are parked. A row that is done is deleted, so that its pages
-- are used again.
CREATE TABLE slack_inbox (
	id         BIGINT NOT NULL PRIMARY KEY,
	source     TEXT   NOT NULL,
	key        TEXT   NOT NULL,
	lane       TEXT   NOT NULL,
	kind       TEXT   NOT NULL,
	self       TEXT   NOT NULL,
	about      TEXT   NOT NULL,
	payload    BYTEA  NOT NULL,
	progress   BYTEA,
	arrived_ms BIGINT NOT NULL,
	-- A try before the row was parked may have had its effect.
	unsure     BOOLEAN NOT NULL DEFAULT false,

	-- Set while the row is parked. parked_with is the parked row that it waits for,
	-- told_ms when it was reported; a row that is parked with another needs no word.
	parked_ms   BIGINT,
	parked_with BIGINT,
	reason      TEXT,
	told_ms     BIGINT
);

-- Keys of all rows, also of those that are done, for as long as a sender may deliver
-- again.
CREATE TABLE slack_inbox_key (
	source  TEXT   NOT NULL,
	key     TEXT   NOT NULL,
	seen_ms BIGINT NOT NULL,

	PRIMARY KEY (source, key)
-- only: postgres
);
-- only: sqlite
) WITHOUT ROWID;

-- Ids below next may have been given, so that the id of a row that is done never comes
-- back.
CREATE TABLE slack_inbox_id (
	next BIGINT NOT NULL
);
INSERT INTO slack_inbox_id (next) VALUES (1);
