-- The tables of matrix-appservice-slack 2.1.2, as far as they are read, with the types,
-- constraints and indexes that its migrations 1 to 16 leave behind
-- (its src/datastore/postgres/schema). JSON is kept as text there.
CREATE TABLE schema (version INTEGER UNIQUE NOT NULL);
INSERT INTO schema VALUES (16);
CREATE TABLE rooms (id TEXT NOT NULL PRIMARY KEY, roomid TEXT NOT NULL, remoteid TEXT NOT NULL, json TEXT);
CREATE TABLE users (userid TEXT UNIQUE NOT NULL PRIMARY KEY, isremote BOOLEAN, json TEXT);
CREATE TABLE events (
	roomid TEXT NOT NULL, eventid TEXT NOT NULL, slackchannel TEXT NOT NULL, slackts TEXT NOT NULL, extras TEXT NOT NULL,
	CONSTRAINT cons_events_unique UNIQUE (eventid, roomid, slackchannel, slackts)
);
CREATE INDEX events_matrix_idx ON events (roomid, eventid);
CREATE INDEX events_slack_idx ON events (slackchannel, slackts);
CREATE TABLE reactions (
	room_id TEXT NOT NULL, event_id TEXT NOT NULL, slack_channel_id TEXT NOT NULL, slack_message_ts TEXT NOT NULL,
	slack_user_id TEXT NOT NULL, reaction TEXT NOT NULL
);
CREATE UNIQUE INDEX reaction_matrix_idx ON reactions (room_id, event_id);
CREATE UNIQUE INDEX reaction_slack_idx ON reactions (slack_channel_id, slack_message_ts, slack_user_id, reaction);
CREATE TABLE teams (
	id TEXT UNIQUE NOT NULL PRIMARY KEY, name TEXT, token TEXT, bot_id TEXT, status TEXT, domain TEXT, scopes TEXT, user_id TEXT
);
CREATE TABLE puppets (
	slackuser TEXT UNIQUE NOT NULL, slackteam TEXT NOT NULL, matrixuser TEXT NOT NULL, token TEXT,
	CONSTRAINT cons_puppets_uniq UNIQUE (slackuser, slackteam, matrixuser),
	CONSTRAINT puppets_slackteam_matrixuser_unique UNIQUE (slackteam, matrixuser)
);
CREATE TABLE linked_accounts (
	user_id TEXT NOT NULL, slack_id TEXT NOT NULL, team_id TEXT NOT NULL, access_token TEXT NOT NULL,
	CONSTRAINT cons_linked_accounts_unique UNIQUE (user_id, slack_id)
);
