-- v9 -> v10 (compatible with v1+): who in Matrix holds a direct conversation, and who in Slack was greeted

-- The one person in Matrix who holds a direct conversation of the app's bot. The row
-- outlives the conversation's room.
CREATE TABLE slack_holder (
	portal_id       TEXT NOT NULL,
	portal_receiver TEXT NOT NULL,
	holder          TEXT NOT NULL,

	PRIMARY KEY (portal_id, portal_receiver)
);

-- People in Slack who were told what the bot is, in their direct conversation with it.
CREATE TABLE slack_greeted (
	team_id   TEXT NOT NULL,
	bot_id    TEXT NOT NULL,
	person_id TEXT NOT NULL,

	PRIMARY KEY (team_id, bot_id, person_id)
);
