package slackapi

// conversationCure says what keeps the bot from making a conversation, or "" for other calls
// (Slack docs: conversations.open, conversations.create).
func conversationCure(method, code string) string {
	switch method {
	case "conversations.open":
		return openCure(code)
	case "conversations.create":
		return createCure(code)
	default:
		return ""
	}
}

func openCure(code string) string {
	switch code {
	case "user_disabled":
		return "the account is deactivated in Slack"
	case "user_not_visible":
		return "Slack does not show this person to the app"
	case "too_many_users":
		return "a group conversation has eight people at most, besides the bot"
	case "invalid_user_combination":
		return "people of other workspaces have to share a channel first"
	default:
		return ""
	}
}

func createCure(code string) string {
	switch code {
	case "name_taken":
		return "there is a channel of this name already, perhaps an archived or a private one"
	case "invalid_name", "invalid_name_maxlength", "invalid_name_punctuation", "invalid_name_required", "invalid_name_specials":
		return "a channel's name has lower-case letters, digits, hyphens and underscores, 80 at most"
	case "restricted_action", "cannot_create_channel":
		return "the workspace's settings do not let apps create channels; its owners can change that"
	default:
		return ""
	}
}
