-- v5 -> v6 (compatible with v1+): files that were brought from Slack to the homeserver

-- What shows a file of a message in Matrix: content is that of an event, with the address
-- of its media, and is noted before the event is sent.
CREATE TABLE slack_file (
	room_receiver TEXT NOT NULL,
	message_id    TEXT NOT NULL,
	file_id       TEXT NOT NULL,
	content       TEXT NOT NULL,

	PRIMARY KEY (room_receiver, message_id, file_id)
);

CREATE INDEX slack_file_id_idx ON slack_file (file_id);
