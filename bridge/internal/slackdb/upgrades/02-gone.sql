-- v1 -> v2 (compatible with v1+): what is gone in Slack and may yet be delivered
CREATE TABLE slack_gone (
	what     TEXT   NOT NULL PRIMARY KEY,
	gone_us  BIGINT NOT NULL,
	noted_ms BIGINT NOT NULL
);
