-- v11 -> v12 (compatible with v1+): people in Matrix whose words are not carried
CREATE TABLE slack_muted (
	user_mxid TEXT   NOT NULL PRIMARY KEY,
	admin     TEXT   NOT NULL,
	since_ms  BIGINT NOT NULL
);
