-- v4 -> v5 (compatible with v1+): what Slack said of people, and who joins rooms later

-- What a ghost shows of a user or bot, by the workspace whose app was told. updated_s
-- is Slack's own time of the last change, 0 if it told none; fetched_ms is when Slack
-- was asked or told it last.
CREATE TABLE slack_person (
	team_id      TEXT    NOT NULL,
	person_id    TEXT    NOT NULL,
	home_team    TEXT    NOT NULL,
	name         TEXT    NOT NULL,
	real_name    TEXT    NOT NULL,
	display_name TEXT    NOT NULL,
	first_name   TEXT    NOT NULL,
	last_name    TEXT    NOT NULL,
	title        TEXT    NOT NULL,
	picture      TEXT    NOT NULL,
	is_bot       BOOLEAN NOT NULL,
	is_app_user  BOOLEAN NOT NULL,
	deleted      BOOLEAN NOT NULL,
	updated_s    BIGINT  NOT NULL,
	fetched_ms   BIGINT  NOT NULL,

	PRIMARY KEY (team_id, person_id)
);

-- Members of a conversation whose ghosts are still to join its room, in the order of
-- place.
CREATE TABLE slack_joiner (
	portal_id       TEXT    NOT NULL,
	portal_receiver TEXT    NOT NULL,
	ghost_id        TEXT    NOT NULL,
	place           INTEGER NOT NULL,

	PRIMARY KEY (portal_id, portal_receiver, ghost_id)
);
