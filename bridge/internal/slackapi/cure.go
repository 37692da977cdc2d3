package slackapi

import (
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/slackapp"
)

// cure is what the operator can do about the error, or "".
func (e *Error) cure() string {
	if e.Code == "" {
		return "" // said by the cause, or by what came instead
	}
	if e.token == configurationToken || e.token == noToken {
		return e.configurationCure()
	}
	switch e.kind {
	case MissingScope:
		return e.scopeCure()
	case Credentials:
		return e.tokenCure()
	case RateLimited:
		return fmt.Sprintf("waiting %s", e.After)
	default:
		if cure := conversationCure(e.Method, e.Code); cure != "" {
			return cure
		}
		return codeCure(e.Code)
	}
}

// scopeCure names each missing scope, what it is for, and what to do.
func (e *Error) scopeCure() string {
	var lacking []string
	for _, name := range strings.FieldsFunc(e.Needed, func(r rune) bool { return r == ',' || r == ' ' }) {
		if row, found := slackapp.LookupScope(name); found {
			name += " (for " + row.Reason + ")"
		}
		lacking = append(lacking, name)
	}
	if len(lacking) == 0 {
		lacking = []string{"a scope that Slack does not name"}
	}
	if e.token == appToken {
		return fmt.Sprintf("the app token lacks %s; make an app-level token with it under Basic Information and put it in the file named by network.logins[].app_token_file, or log in again with `login app`",
			strings.Join(lacking, " or "))
	}
	return fmt.Sprintf("the bot token lacks %s; add it under OAuth & Permissions and reinstall the app",
		strings.Join(lacking, " or "))
}

// tokenCure says which token is refused and where it is set.
func (e *Error) tokenCure() string {
	name, key := "bot", "network.logins[].bot_token_file"
	if e.token == appToken {
		name, key = "app", "network.logins[].app_token_file"
	}
	where := fmt.Sprintf("correct the file named by %s, or log in again with `login app`", key)
	switch e.Code {
	case "not_allowed_token_type":
		return fmt.Sprintf("this is no %s token; are the two token files swapped? The bot token begins with xoxb-, the app token with xapp-; %s", name, where)
	case "not_authed":
		return fmt.Sprintf("the %s token is empty; %s", name, where)
	case "token_revoked", "account_inactive", "app_uninstalled", "user_removed_from_team":
		return fmt.Sprintf("the %s token was revoked or the app removed; install the app again, then %s", name, where)
	case "token_expired":
		return fmt.Sprintf("the %s token has expired: the app has token rotation, which Slack does not turn off again; make a new app without it, then %s", name, where)
	case "team_disabled":
		return "the workspace is disabled; its owners have to bring it back"
	default:
		return fmt.Sprintf("Slack does not know the %s token; %s", name, where)
	}
}

// configurationCure is the cure for what is wrong with a call about an app's manifest.
func (e *Error) configurationCure() string {
	switch e.Code {
	case "not_allowed_token_type":
		return "this is no configuration token, which begins with xoxe.xoxp-; " + newConfigurationToken
	case "app_not_found", "invalid_app_id":
		return "Slack has no such app; its page names its id under Basic Information"
	case "no_permission", "app_not_owned_by_manager_app":
		return "only a collaborator of the app may do this; make the configuration token as one, or be made one on the app's page"
	case "app_not_eligible", "published_app_only":
		return "Slack does not let this app be changed by manifest"
	case "invalid_manifest", "invalid_app":
		return "" // the details say what is wrong
	case "enterprise_is_restricted", "not_in_team", "invalid_team_id":
		return "make the configuration token for the workspace that the app is in"
	}
	switch e.kind {
	case Credentials, MissingScope:
		return "the configuration tokens are refused: they end after twelve hours, and each refresh token works once; " + newConfigurationToken
	case RateLimited:
		return fmt.Sprintf("waiting %s", e.After)
	default:
		return codeCure(e.Code)
	}
}

const newConfigurationToken = "make new ones on https://api.slack.com/apps, under Your App Configuration Tokens"

// codeCure is the cure for what is wrong with one call.
func codeCure(code string) string {
	switch code {
	case "not_in_channel":
		return "the bot is not in the channel; write /invite @ and the bot's name there"
	case "channel_not_found":
		return "the channel does not exist, or it is private and the bot is not in it: write /invite @ and the bot's name there"
	case "is_archived":
		return "the channel is archived; unarchive it in Slack to write there"
	case "messages_tab_disabled":
		return "turn on the Messages Tab under App Home in the app's settings"
	case "socket_mode_not_enabled":
		return "turn on Socket Mode in the app's settings"
	case "restricted_action", "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
		"restricted_action_non_threadable_channel", "restricted_action_thread_locked", "thread_locked", "no_permission", "posting_to_channel_denied":
		return rightsCure(code)
	case "msg_too_long", "msg_blocks_too_long", "too_many_attachments", "attachment_payload_limit_exceeded", "metadata_too_large":
		return "it is too long for one message of Slack's; send it in several"
	case "message_not_found", "is_inactive":
		return "the message is not in Slack any more, or can no longer be changed there"
	case "too_many_emoji":
		return "the message has as many different reactions as Slack allows"
	case "too_many_reactions":
		return "the bot has put as many reactions on the message as Slack allows"
	case "invalid_name":
		return "the workspace has no such emoji"
	case "not_reactable":
		return "Slack allows no reactions to this"
	case "app_access_restricted", "access_denied", "team_access_not_granted":
		return "an administrator of the workspace restricts this app; ask for its approval"
	case "accesslimited":
		return "the workspace allows API calls from certain addresses only; have this server's added"
	case "ekm_access_denied":
		return "the workspace's administrators have suspended access to their encryption keys"
	case "file_upload_size_restricted", "file_uploads_disabled", "file_uploads_except_images_disabled",
		"file_type_not_allowed", "blocked_file_type", "storage_limit_reached":
		return fileCure(code)
	case "cant_delete_file":
		return "a bot may delete its own files only"
	case "cant_update_message", "cant_delete_message":
		return "a bot may change its own messages only"
	case "edit_window_closed":
		return "the workspace's settings do not allow editing a message this old"
	case "unknown_method", "method_deprecated", "deprecated_endpoint":
		return "the server does not offer this method; check network.slack_api_url"
	case "org_login_required", "team_added_to_org":
		return "the workspace is being moved to an Enterprise organisation; it works again afterwards"
	default:
		return ""
	}
}

// rightsCure says which posting permission keeps the bot from what it does (Slack docs:
// chat.postMessage, reactions.add).
func rightsCure(code string) string {
	switch code {
	case "restricted_action_read_only_channel":
		return "the channel is read-only; its managers can let the bot post"
	case "restricted_action_thread_only_channel":
		return "only answers in threads are allowed in the channel; answer in a thread"
	case "restricted_action_non_threadable_channel":
		return "the channel has no threads; write it as a message of its own"
	case "restricted_action_thread_locked", "thread_locked":
		return "the thread is locked; an administrator of the workspace can unlock it"
	default:
		return "the channel's posting permissions keep the bot out; its managers can change them"
	}
}

// fileCure says what keeps a file out of the workspace (Slack docs:
// files.getUploadURLExternal, files.completeUploadExternal).
func fileCure(code string) string {
	switch code {
	case "file_upload_size_restricted":
		return "the workspace does not take files this large"
	case "file_uploads_except_images_disabled":
		return "the workspace takes pictures only; its owners can change that"
	case "file_type_not_allowed", "blocked_file_type":
		return "the workspace does not take files of this type; its owners can change that"
	case "storage_limit_reached":
		return "the workspace has no room for more files"
	default:
		return "the workspace takes no files; its owners can change that"
	}
}
