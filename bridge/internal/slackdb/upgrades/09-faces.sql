-- v8 -> v9 (compatible with v1+): under which pictures of Matrix people was posted

-- The links to these pictures do not end, so no row is removed. since_ms is when the
-- first message was posted with the picture.
CREATE TABLE slack_face (
	picture  TEXT   NOT NULL PRIMARY KEY,
	since_ms BIGINT NOT NULL
);
