package slackapp

// Setting is one setting of the app that the bridge depends on.
type Setting struct {
	// Path is where a manifest has it, such as "settings.socket_mode_enabled".
	Path string
	// On is the value that the bridge needs.
	On bool
	// Need says whether the bridge works without it.
	Need Need
	// Reason is what the setting is for, to stand after "for".
	Reason string
	// Lost is what does not work without it, a clause without a full stop.
	Lost string
	// Final settings cannot be changed back in Slack: such an app is of no use.
	Final bool
}

// SocketModePath is where a manifest says whether Socket Mode is on.
const SocketModePath = "settings.socket_mode_enabled"

// botUserPath is where a manifest has the bot user. Without it an app has no bot token.
const botUserPath = "features.bot_user"

// Settings returns the table of settings, in the order of the reference page. What each
// does: Slack docs, "App manifest reference" and "Using token rotation".
func Settings() []Setting {
	return []Setting{
		{SocketModePath, true, Required, "receiving events without a public address", "nothing arrives from Slack", false},
		{"features.app_home.messages_tab_enabled", true, Optional, "direct messages with the bot", "people cannot write to the bot, nor the bot to them", false},
		{"features.app_home.messages_tab_read_only_enabled", false, Optional, "direct messages with the bot", "people cannot write to the bot", false},
		{"settings.token_rotation_enabled", false, Required, "a bot token that does not expire", "the bot token ends after twelve hours; Slack never switches rotation off again, so make a new app", true},
	}
}
