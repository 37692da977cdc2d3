-- v2 -> v3 (compatible with v1+): catching up with what was missed

-- Until when everything that Slack told a login is stored.
CREATE TABLE slack_mark (
	login_id  TEXT   NOT NULL PRIMARY KEY,
	stored_ms BIGINT NOT NULL
);

-- What was read from Slack's history and is not handled yet, by the inbox row that
-- reads.
CREATE TABLE slack_staged (
	row_id  BIGINT NOT NULL,
	place   TEXT   NOT NULL,
	kind    TEXT   NOT NULL,
	payload BYTEA  NOT NULL,

	PRIMARY KEY (row_id, place, kind)
);
