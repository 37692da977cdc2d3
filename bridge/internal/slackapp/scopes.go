package slackapp

// Scopes returns the table of scopes, in the order of the reference page. What
// each scope permits: Slack docs, "OAuth scopes" and the page of each method.
func Scopes() []Scope {
	return []Scope{
		{"connections:write", AppToken, Required, "opening Socket Mode connections", "nothing arrives from Slack", now},

		{"chat:write", BotToken, Required, "posting, editing and deleting messages", "nothing said in Matrix reaches Slack", now},
		{"chat:write.customize", BotToken, Optional, "showing each Matrix user's own name and avatar", "people from Matrix all appear as the bot", now},
		{"users:read", BotToken, Required, "names and avatars of people and bots", "Slack users have no names in Matrix", now},
		{"team:read", BotToken, Optional, "the workspace's name, icon and domain", "the space has no name or icon, and links to Slack are not made", now},

		{"channels:read", BotToken, Required, "finding public channels, their names and members", "public channels are not found", now},
		{"channels:history", BotToken, Required, "reading messages of public channels", "public channels are silent in Matrix", now},
		{"channels:join", BotToken, Optional, "letting the bot join a public channel when a Matrix user asks for it", "a member has to /invite the bot to each public channel", now},
		{"groups:read", BotToken, Optional, "finding private channels, their names and members", "private channels are not bridged", now},
		{"groups:history", BotToken, Optional, "reading messages of private channels", "private channels are silent in Matrix", now},
		{"im:read", BotToken, Optional, "finding direct messages with the bot", "direct messages are not bridged", now},
		{"im:history", BotToken, Optional, "reading direct messages with the bot", "direct messages are silent in Matrix", now},
		{"mpim:read", BotToken, Optional, "finding group direct messages", "group direct messages are not bridged", now},
		{"mpim:history", BotToken, Optional, "reading group direct messages", "group direct messages are silent in Matrix", now},

		{"reactions:read", BotToken, Optional, "seeing reactions", "reactions made in Slack do not appear in Matrix", now},
		{"reactions:write", BotToken, Optional, "adding and removing reactions", "reactions made in Matrix do not appear in Slack", now},
		{"files:read", BotToken, Optional, "reading files", "files from Slack are links in Matrix", now},
		{"files:write", BotToken, Optional, "uploading and deleting files", "files from Matrix are a line with a link in Slack", now},

		{"pins:read", BotToken, Later, "seeing pinned messages", "pins made in Slack cannot be carried", pinsBookmarks},
		{"pins:write", BotToken, Later, "pinning messages", "pins made in Matrix cannot be carried", pinsBookmarks},
		{"bookmarks:read", BotToken, Later, "seeing bookmarks", "bookmarks of channels cannot be shown in their rooms", pinsBookmarks},
		{"emoji:read", BotToken, Optional, "custom emoji", "custom emoji have no picture", now},
		{"usergroups:read", BotToken, Optional, "names and members of user groups", "mentions of user groups show an id and notify no one, and groups cannot be mentioned in Matrix", now},
		{"im:write", BotToken, Optional, "opening direct messages", "a direct message cannot be begun from Matrix", now},
		{"mpim:write", BotToken, Optional, "opening group direct messages", "a group direct message cannot be begun from Matrix", now},
		{"users:read.email", BotToken, Optional, "finding people by their email addresses", "a direct message cannot be begun with an email address", now},
		{"channels:manage", BotToken, Optional, "creating and renaming public channels, and inviting and removing people", "in public channels, changes of name and members made in Matrix do not reach Slack, and no channel can be created from there", now},
		{"groups:write", BotToken, Optional, "the same in private channels", "in private channels, changes of name and members made in Matrix do not reach Slack, and no channel can be created from there", now},
		{"commands", BotToken, Optional, "the slash command /matrix, which tells how the bridge is", "there is no such command in Slack", now},
	}
}
