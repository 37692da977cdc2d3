-- v13 -> v14 (compatible with v1+): channels whose ids have changed

-- done says that everything of old_id is that of new_id now.
CREATE TABLE slack_moved (
	team_id TEXT    NOT NULL,
	old_id  TEXT    NOT NULL,
	new_id  TEXT    NOT NULL,
	done    BOOLEAN NOT NULL,

	PRIMARY KEY (team_id, old_id)
);
