package web

// referenceMessages are the methods of chat, reactions, pins, emoji and user groups as Slack documents them.
// Source: slack-ruby/slack-api-ref, state of August 2026 (a mirror of docs.slack.dev).
func referenceMessages() []Method {
	return []Method{
		{
			Name: "chat.delete", Tier: 3, JSON: true,
			Scopes: "chat:write",
			Args:   "as_user channel* ts*",
			Errors: "cant_delete_message channel_not_found message_not_found",
		},
		{
			Name: "chat.getPermalink", Tier: 5, JSON: false,
			Args:   "channel* message_ts*",
			Errors: "channel_not_found message_not_found",
		},
		{
			Name: "chat.meMessage", Tier: 3, JSON: true,
			Scopes: "chat:write",
			Args:   "channel* text*",
			Errors: "channel_not_found is_archived msg_too_long no_text not_in_channel rate_limited",
		},
		{
			Name: "chat.postEphemeral", Tier: 4, JSON: true,
			Scopes: "chat:write",
			Args: "as_user attachments blocks channel* icon_emoji icon_url link_names markdown_text metadata parse text thread_ts " +
				"user* username",
			Errors: "channel_not_found invalid_blocks invalid_blocks_format is_archived markdown_text_conflict " +
				"message_limit_exceeded messages_tab_disabled msg_too_long no_text restricted_action too_many_attachments " +
				"user_not_in_channel not_in_channel invalid_attachments cannot_reply_to_message",
		},
		{
			Name: "chat.postMessage", Tier: 5, JSON: true,
			Scopes: "chat:write",
			Args: "as_user attachments blocks channel* current_draft_last_updated_ts icon_emoji icon_url link_names markdown_text " +
				"metadata mrkdwn parse reply_broadcast text thread_ts unfurl_links unfurl_media username",
			Errors: "app_access_restricted as_user_not_supported channel_not_found draft_already_deleted draft_already_sent " +
				"draft_has_conflict draft_not_found duplicate_channel_not_found duplicate_message_not_found ekm_access_denied " +
				"invalid_blocks invalid_blocks_format invalid_metadata_format invalid_metadata_schema is_archived " +
				"markdown_text_conflict message_limit_exceeded messages_tab_disabled metadata_must_be_sent_from_app " +
				"metadata_too_large msg_blocks_too_long no_text not_in_channel rate_limited restricted_action " +
				"restricted_action_non_threadable_channel restricted_action_read_only_channel restricted_action_thread_locked " +
				"restricted_action_thread_only_channel send_on_behalf_not_allowed slack_connect_canvas_sharing_blocked " +
				"slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked team_not_found " +
				"too_many_attachments too_many_contact_cards cannot_reply_to_message missing_file_data " +
				"attachment_payload_limit_exceeded",
		},
		{
			Name: "chat.update", Tier: 3, JSON: true,
			Scopes: "chat:write",
			Args: "as_user attachments unfurled_attachments blocks markdown_text metadata channel* link_names parse text ts* " +
				"reply_broadcast file_ids",
			Errors: "as_user_not_supported blocked_file_type block_mismatch cant_broadcast_message cant_update_message " +
				"channel_not_found edit_window_closed external_channel_migrating file_deleted file_is_deleted file_not_found " +
				"file_share_limit_reached invalid_attachments invalid_blocks invalid_blocks_format invalid_metadata_format " +
				"invalid_metadata_schema is_inactive markdown_text_conflict max_file_sharing_exceeded message_limit_exceeded " +
				"message_not_found metadata_must_be_sent_from_app metadata_too_large msg_too_long " +
				"no_dual_broadcast_content_update no_text posting_to_channel_denied slack_connect_blocked_file_type " +
				"slack_connect_canvas_sharing_blocked slack_connect_clip_sharing_blocked " +
				"slack_connect_file_link_sharing_blocked slack_connect_file_upload_sharing_blocked streaming_state_conflict " +
				"team_not_found too_many_attachments unable_to_share_files update_failed",
		},
		{
			Name: "bookmarks.list", Tier: 3, JSON: false,
			Scopes: "bookmarks:read",
			Args:   "channel_id",
			Errors: "channel_not_found not_implemented",
		},
		{
			Name: "emoji.list", Tier: 2, JSON: false,
			Scopes: "emoji:read",
			Args:   "include_categories",
			Errors: "invalid_arguments unable_to_fetch_custom_emojis",
		},
		{
			Name: "pins.add", Tier: 2, JSON: true,
			Scopes: "pins:write",
			Args:   "channel* timestamp",
			Errors: "already_pinned bad_timestamp channel_not_found external_channel_migrating file_not_found file_not_shared " +
				"message_not_found no_item_specified not_in_channel not_pinnable restricted_action too_many_pins",
		},
		{
			Name: "pins.list", Tier: 2, JSON: false,
			Scopes: "pins:read",
			Args:   "channel*",
			Errors: "channel_not_found restricted_action",
		},
		{
			Name: "pins.remove", Tier: 2, JSON: true,
			Scopes: "pins:write",
			Args:   "channel* timestamp",
			Errors: "bad_timestamp channel_not_found external_channel_migrating file_comment_not_found file_not_found " +
				"message_not_found no_item_specified no_pin not_pinned restricted_action",
		},
		{
			Name: "reactions.add", Tier: 3, JSON: true,
			Scopes: "reactions:write",
			Args:   "channel* name* timestamp*",
			Errors: "already_reacted bad_timestamp channel_not_found external_channel_migrating invalid_name is_archived " +
				"message_not_found no_item_specified not_reactable thread_locked too_many_emoji too_many_reactions no_access",
		},
		{
			Name: "reactions.get", Tier: 3, JSON: false,
			Scopes: "reactions:read",
			Args:   "channel file file_comment full timestamp",
			Errors: "bad_timestamp channel_not_found file_comment_not_found file_not_found message_not_found no_item_specified",
		},
		{
			Name: "reactions.list", Tier: 2, JSON: false,
			Scopes: "reactions:read",
			Args:   "user full count page cursor limit team_id",
			Errors: "user_not_found",
		},
		{
			Name: "reactions.remove", Tier: 2, JSON: true,
			Scopes: "reactions:write",
			Args:   "name* file file_comment channel timestamp",
			Errors: "bad_timestamp channel_not_found external_channel_migrating file_not_found file_comment_not_found invalid_name " +
				"message_not_found no_item_specified no_access no_reaction thread_locked",
		},
		{
			Name: "usergroups.list", Tier: 2, JSON: false,
			Scopes: "usergroups:read",
			Args:   "include_count include_disabled include_users team_id",
			Errors: "missing_argument plan_upgrade_required invalid_cursor users_not_found invalid_team",
		},
		{
			Name: "usergroups.users.list", Tier: 2, JSON: false,
			Scopes: "usergroups:read",
			Args:   "include_disabled usergroup* team_id",
			Errors: "no_such_subteam plan_upgrade_required invalid_cursor",
		},
	}
}
