-- v19 -> v20 (compatible with v1+): the statuses of people

-- The text and the emoji as Slack has them. Until status_until_s, by Slack's clock; 0 is until it changes.
ALTER TABLE slack_person ADD COLUMN status_text TEXT NOT NULL DEFAULT '';
ALTER TABLE slack_person ADD COLUMN status_emoji TEXT NOT NULL DEFAULT '';
ALTER TABLE slack_person ADD COLUMN status_until_s BIGINT NOT NULL DEFAULT 0;
