package slackapi

// conversationCure says what keeps the bot from making a conversation or changing who is in it, or
// "" for other calls (Slack docs: conversations.open, .create, .rename, .setTopic, .setPurpose, .invite, .kick).
func conversationCure(method, code string) string {
	switch method {
	case "conversations.open":
		return openCure(code)
	case "conversations.create":
		return createCure(code)
	case "conversations.rename":
		return renameCure(code)
	case "conversations.setTopic", "conversations.setPurpose":
		return describeCure(code)
	case "conversations.invite":
		return inviteCure(code)
	case "conversations.kick":
		return kickCure(code)
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

func renameCure(code string) string {
	switch code {
	case "not_authorized":
		return "Slack lets an app rename only channels that it created; a member of the workspace can rename this one"
	case "method_not_supported_for_channel_type":
		return "a direct conversation has no name"
	default:
		return createCure(code)
	}
}

func describeCure(code string) string {
	switch code {
	case "too_long":
		return "Slack takes 250 characters at most"
	case "user_is_restricted":
		return "the workspace's settings do not let the app change this; its owners can"
	default:
		return ""
	}
}

// inDirect is why no one comes into a direct conversation or goes.
const inDirect = "a direct conversation stays with the people with whom it was begun; another is begun with start-chat"

func inviteCure(code string) string {
	switch code {
	case "user_not_found":
		return "Slack knows no such person, or the account is deactivated"
	case "cant_invite", "no_permission", "no_external_invite_permission", "invitee_cant_see_channel", "org_user_not_in_team":
		return "Slack does not let the app invite this person to the channel; a member of the channel can try"
	case "user_is_restricted", "ura_max_channels":
		return "this person is a guest, whom only an administrator of the workspace brings into further channels"
	case "cant_invite_self", "app_cannot_join_channel":
		return "apps are added to a channel in Slack"
	case "method_not_supported_for_channel_type":
		return inDirect
	default:
		return ""
	}
}

func kickCure(code string) string {
	switch code {
	case "cant_kick_from_general":
		return "everyone stays in the workspace's general channel"
	case "cant_kick_self":
		return "the bot is removed from a channel in Slack"
	case "restricted_action", "no_permission", "not_supported":
		return "the workspace's settings do not let the app remove this person; its owners can"
	case "method_not_supported_for_channel_type":
		return inDirect
	default:
		return ""
	}
}
