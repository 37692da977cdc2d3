-- v0 -> v1: what bridgev2's tables cannot hold
CREATE TABLE slack_piece (
	room_receiver TEXT NOT NULL,
	piece_id      TEXT NOT NULL,
	message_id    TEXT NOT NULL,

	PRIMARY KEY (room_receiver, piece_id)
);
CREATE INDEX slack_piece_message_idx ON slack_piece (room_receiver, message_id);

CREATE TABLE slack_reactor (
	event_id      TEXT NOT NULL PRIMARY KEY,
	room_receiver TEXT NOT NULL,
	message_id    TEXT NOT NULL,
	emoji         TEXT NOT NULL,
	sender        TEXT NOT NULL
);
CREATE INDEX slack_reactor_message_idx ON slack_reactor (room_receiver, message_id, emoji);
