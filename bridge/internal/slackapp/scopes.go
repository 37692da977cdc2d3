package slackapp

// Scopes returns the table of scopes, in the order of the reference page. What
// each scope permits: Slack docs, "OAuth scopes" and the page of each method.
func Scopes() []Scope {
	return []Scope{
		{"connections:write", AppToken, Required, "opening Socket Mode connections", "nothing arrives from Slack"},

		{"chat:write", BotToken, Required, "posting, editing and deleting messages", "nothing said in Matrix reaches Slack"},
		{"chat:write.customize", BotToken, Optional, "showing each Matrix user's own name and avatar", "people from Matrix all appear as the bot"},
		{"users:read", BotToken, Required, "names and avatars of people and bots", "Slack users have no names in Matrix"},
		{"team:read", BotToken, Optional, "the workspace's name, icon and domain", "the space has no name or icon, and links to Slack are not made"},

		{"channels:read", BotToken, Required, "finding public channels, their names and members", "public channels are not found"},
		{"channels:history", BotToken, Required, "reading messages of public channels", "public channels are silent in Matrix"},
		{"channels:join", BotToken, Optional, "letting the bot join a public channel when a Matrix user asks for it", "a member has to /invite the bot to each public channel"},
		{"groups:read", BotToken, Optional, "finding private channels, their names and members", "private channels are not bridged"},
		{"groups:history", BotToken, Optional, "reading messages of private channels", "private channels are silent in Matrix"},
		{"im:read", BotToken, Optional, "finding direct messages with the bot", "direct messages are not bridged"},
		{"im:history", BotToken, Optional, "reading direct messages with the bot", "direct messages are silent in Matrix"},
		{"mpim:read", BotToken, Optional, "finding group direct messages", "group direct messages are not bridged"},
		{"mpim:history", BotToken, Optional, "reading group direct messages", "group direct messages are silent in Matrix"},

		{"reactions:read", BotToken, Optional, "seeing reactions", "reactions made in Slack do not appear in Matrix"},
		{"reactions:write", BotToken, Optional, "adding and removing reactions", "reactions made in Matrix do not appear in Slack"},
		{"files:read", BotToken, Optional, "reading files", "files from Slack are links in Matrix"},
		{"files:write", BotToken, Optional, "uploading and deleting files", "files from Matrix are a line with a link in Slack"},

		{"pins:read", BotToken, Optional, "seeing pinned messages", "pins made in Slack do not appear in Matrix"},
		{"pins:write", BotToken, Optional, "pinning messages", "pins made in Matrix do not appear in Slack"},
		{"bookmarks:read", BotToken, Optional, "seeing bookmarks", "bookmarks of channels are not in their rooms' state"},
		{"emoji:read", BotToken, Optional, "custom emoji", "custom emoji have no picture"},
		{"usergroups:read", BotToken, Optional, "names and members of user groups", "mentions of user groups show an id and notify no one, and groups cannot be mentioned in Matrix"},
		{"im:write", BotToken, Optional, "opening direct messages", "a direct message cannot be begun from Matrix"},
		{"mpim:write", BotToken, Optional, "opening group direct messages", "a group direct message cannot be begun from Matrix"},
		{"users:read.email", BotToken, Optional, "finding people by their email addresses", "a direct message cannot be begun with an email address"},
		{"channels:manage", BotToken, Optional, "creating and renaming public channels, and inviting and removing people", "in public channels, changes of name and members made in Matrix do not reach Slack, and no channel can be created from there"},
		{"groups:write", BotToken, Optional, "the same in private channels", "in private channels, changes of name and members made in Matrix do not reach Slack, and no channel can be created from there"},
		{"commands", BotToken, Optional, "the slash command /matrix, which tells how the bridge is", "there is no such command in Slack"},
	}
}
