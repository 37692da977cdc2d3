-- v15 -> v16 (compatible with v1+): channels whose people were asked whether they may be bridged

-- asked_ts is the question in the channel, '' if it needed none; agreed_by is who said yes, '' as
-- long as that is open.
CREATE TABLE slack_consent (
	team_id    TEXT NOT NULL,
	channel_id TEXT NOT NULL,
	asked_ts   TEXT NOT NULL,
	agreed_by  TEXT NOT NULL,

	PRIMARY KEY (team_id, channel_id)
);
