-- v10 -> v11 (compatible with v1+): people of either side whose messages are not carried

-- person is a Matrix user id, or a ghost's id for a person in Slack.
CREATE TABLE slack_opted_out (
	person   TEXT   NOT NULL PRIMARY KEY,
	since_ms BIGINT NOT NULL
);

-- Rooms that were told so.
CREATE TABLE slack_opted_out_told (
	person TEXT NOT NULL,
	room   TEXT NOT NULL,

	PRIMARY KEY (person, room)
);
