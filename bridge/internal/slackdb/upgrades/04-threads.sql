-- v3 -> v4 (compatible with v1+): threads whose first message in Slack does not begin one in Matrix
CREATE TABLE slack_thread (
	room_receiver TEXT NOT NULL,
	root_id       TEXT NOT NULL,
	event_id      TEXT NOT NULL,

	PRIMARY KEY (room_receiver, root_id)
);
CREATE INDEX slack_thread_event_idx ON slack_thread (event_id);
