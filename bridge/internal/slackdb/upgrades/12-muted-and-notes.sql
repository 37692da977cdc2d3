-- v11 -> v12 (compatible with v1+): people in Matrix whose words are not carried; notes in Slack of who in Matrix reacted
CREATE TABLE slack_muted (
	user_mxid TEXT   NOT NULL PRIMARY KEY,
	admin     TEXT   NOT NULL,
	since_ms  BIGINT NOT NULL
);

-- note_ts is the message of Slack's in the thread of message_id, text what it says.
CREATE TABLE slack_reactor_note (
	room_receiver TEXT NOT NULL,
	message_id    TEXT NOT NULL,
	note_ts       TEXT NOT NULL,
	text          TEXT NOT NULL,

	PRIMARY KEY (room_receiver, message_id)
);
