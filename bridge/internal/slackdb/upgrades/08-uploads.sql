-- v7 -> v8 (compatible with v1+): files that were uploaded to Slack for a Matrix event

-- event_id is the message that brings the file, or that an edit gave it; content is where
-- Matrix has it.
CREATE TABLE slack_upload (
	file_id  TEXT   NOT NULL PRIMARY KEY,
	event_id TEXT   NOT NULL,
	content  TEXT   NOT NULL,
	noted_ms BIGINT NOT NULL
);
CREATE INDEX slack_upload_event_idx ON slack_upload (event_id);
