-- v6 -> v7 (compatible with v1+): what was said before a room was made

-- Conversations whose new rooms do not have their history yet, and how far that is.
CREATE TABLE slack_backfill (
	login_id TEXT  NOT NULL,
	channel  TEXT  NOT NULL,
	state    BYTEA NOT NULL,

	PRIMARY KEY (login_id, channel)
);

-- The messages that were read for them and are not in the room yet.
CREATE TABLE slack_backfill_message (
	login_id TEXT  NOT NULL,
	channel  TEXT  NOT NULL,
	ts       TEXT  NOT NULL,
	payload  BYTEA NOT NULL,

	PRIMARY KEY (login_id, channel, ts)
);
