-- v16 -> v17 (compatible with v1+): which app asked a channel whether it may be bridged

-- asked_by is the bot user of the app, '' for questions of before.
ALTER TABLE slack_consent ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
