package slackapp

// Events returns the table of subscriptions, in the order of the reference
// page. Names and scopes: Slack docs, the page of each event.
func Events() []Event {
	return []Event{
		{"message.channels", []string{"channels:history"}, Required, "messages, edits and deletes in public channels", "public channels are silent in Matrix"},
		{"message.groups", []string{"groups:history"}, Optional, "messages, edits and deletes in private channels", "private channels are silent in Matrix"},
		{"message.im", []string{"im:history"}, Optional, "direct messages with the bot", "direct messages are silent in Matrix"},
		{"message.mpim", []string{"mpim:history"}, Optional, "group direct messages", "group direct messages are silent in Matrix"},
		{"reaction_added", []string{"reactions:read"}, Optional, "new reactions", "reactions made in Slack do not appear in Matrix"},
		{"reaction_removed", []string{"reactions:read"}, Optional, "removed reactions", "reactions taken back in Slack stay in Matrix"},
		{"member_joined_channel", []string{"channels:read", "groups:read", "mpim:read"}, Optional, "who joined, the bot included", "a channel the bot is added to gets its room only with the next message, and joins are not seen"},
		{"member_left_channel", []string{"channels:read", "groups:read"}, Optional, "who left", "people who left stay in the room"},
		{"channel_left", []string{"channels:read"}, Optional, "the bot's removal from a public channel", "a room goes quiet without a word"},
		{"group_left", []string{"groups:read"}, Optional, "the bot's removal from a private channel", "a room goes quiet without a word"},
		{"channel_rename", []string{"channels:read"}, Optional, "new names of public channels", "rooms keep the old name"},
		{"group_rename", []string{"groups:read"}, Optional, "new names of private channels", "rooms keep the old name"},
		{"channel_archive", []string{"channels:read"}, Optional, "archiving of public channels", "an archived channel looks alive until the next start"},
		{"channel_unarchive", []string{"channels:read"}, Optional, "public channels brought back", "a channel brought back looks archived until the next start"},
		{"channel_deleted", []string{"channels:read"}, Optional, "deleted public channels", "a deleted channel looks alive"},
		{"channel_id_changed", nil, Optional, "channels whose id changed", "a channel with a new id gets a second room"},
		{"group_archive", []string{"groups:read"}, Optional, "archiving of private channels", "an archived channel looks alive until the next start"},
		{"group_unarchive", []string{"groups:read"}, Optional, "private channels brought back", "a channel brought back looks archived until the next start"},
		{"group_deleted", []string{"groups:read"}, Optional, "deleted private channels", "a deleted channel looks alive"},
		{"pin_added", []string{"pins:read"}, Optional, "new pins", "pins made in Slack do not appear in Matrix"},
		{"pin_removed", []string{"pins:read"}, Optional, "removed pins", "pins taken away in Slack stay in Matrix"},
		{"user_change", []string{"users:read"}, Optional, "new names and avatars", "names and avatars go stale"},
		{"team_join", []string{"users:read"}, Optional, "new people", "new people have no name until they speak"},
		{"team_rename", []string{"team:read"}, Optional, "the workspace's new name", "the space keeps the old name"},
		{"file_deleted", []string{"files:read"}, Optional, "deleted files", "a deleted file may stay in Matrix"},
		{"channel_created", []string{"channels:read"}, Optional, "new public channels", "the alias of a new channel is found by a list of all"},
		{"im_created", []string{"im:read"}, Optional, "direct messages begun with the bot", "the first message of a direct conversation costs one more call"},
		{"team_domain_change", []string{"team:read"}, Optional, "the workspace's new domain", "links lead to the old domain"},
		{"channel_shared", []string{"channels:read", "groups:read"}, Optional, "channels shared with another workspace", "people of the other workspace appear late"},
		{"channel_unshared", []string{"channels:read", "groups:read"}, Optional, "channels no longer shared", "people of the other workspace stay"},
		{"channel_history_changed", []string{"channels:history", "groups:history", "mpim:history"}, Optional, "history deleted in bulk", "messages deleted in bulk stay in Matrix"},
		{"group_history_changed", []string{"groups:history"}, Optional, "history deleted in bulk", "messages deleted in bulk stay in Matrix"},
		{"im_history_changed", []string{"im:history"}, Optional, "history deleted in bulk", "messages deleted in bulk stay in Matrix"},
		{"app_uninstalled", nil, Optional, "removal of the app", "a removed app is noticed only by failing calls"},
		{"tokens_revoked", nil, Optional, "revoked tokens", "a revoked token is noticed only by failing calls"},

		{"emoji_changed", []string{"emoji:read"}, Optional, "changes of custom emoji", "new custom emoji appear up to a day late"},
		{"subteam_created", []string{"usergroups:read"}, Optional, "new user groups", "mentions of new user groups show an id"},
		{"subteam_updated", []string{"usergroups:read"}, Optional, "changed user groups", "mentions show an old name"},
		{"subteam_members_changed", []string{"usergroups:read"}, Optional, "members of user groups", "mentions reach old members"},
	}
}
