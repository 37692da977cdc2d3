-- v12 -> v13 (compatible with v1+): custom emoji of workspaces

-- A workspace's own emoji as Slack tells them: value is the picture's address, or
-- alias:name.
CREATE TABLE slack_emoji (
	team_id TEXT NOT NULL,
	name    TEXT NOT NULL,
	value   TEXT NOT NULL,

	PRIMARY KEY (team_id, name)
);
CREATE INDEX slack_emoji_value_idx ON slack_emoji (value);

-- When Slack last listed all emoji of a workspace. Without a row changes may have been missed
-- since.
CREATE TABLE slack_emoji_list (
	team_id   TEXT   NOT NULL PRIMARY KEY,
	listed_ms BIGINT NOT NULL
);

-- Pictures of Slack's emoji that were uploaded. Under one address a picture never changes.
CREATE TABLE slack_emoji_picture (
	address TEXT NOT NULL PRIMARY KEY,
	picture TEXT NOT NULL
);
CREATE INDEX slack_emoji_picture_idx ON slack_emoji_picture (picture);

-- What the image packs in a room last held, by a hash.
CREATE TABLE slack_emoji_pack (
	room_id   TEXT NOT NULL,
	state_key TEXT NOT NULL,
	hash      TEXT NOT NULL,

	PRIMARY KEY (room_id, state_key)
);
