package web

// referenceConversations are the methods of conversations as Slack documents them.
// Source: slack-ruby/slack-api-ref, state of August 2026 (a mirror of docs.slack.dev).
func referenceConversations() []Method {
	return []Method{
		{
			Name: "conversations.archive", Tier: 2, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "channel*",
			Errors: "already_archived cant_archive_general cant_archive_required channel_not_found " +
				"method_not_supported_for_channel_type missing_scope not_in_channel restricted_action",
		},
		{
			Name: "conversations.close", Tier: 2, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "channel*",
			Errors: "channel_not_found method_not_supported_for_channel_type missing_scope user_does_not_own_channel not_permitted " +
				"external_channel_migrating",
		},
		{
			Name: "conversations.create", Tier: 2, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "is_private name* team_id",
			Errors: "cannot_create_channel invalid_name invalid_name_maxlength invalid_name_punctuation invalid_name_required " +
				"invalid_name_specials missing_argument missing_scope name_taken no_channel restricted_action " +
				"canvas_disabled_user_team",
		},
		{
			Name: "conversations.history", Tier: 3, JSON: true,
			Scopes: "groups:history im:history mpim:history channels:history",
			Args:   "channel* cursor include_all_metadata inclusive latest limit oldest",
			Errors: "channel_is_limited_access channel_not_found invalid_cursor invalid_metadata_filter_keys invalid_ts_latest " +
				"invalid_ts_oldest not_in_channel",
		},
		{
			Name: "conversations.info", Tier: 3, JSON: false,
			Scopes: "groups:read im:read mpim:read channels:read",
			Args:   "channel* include_locale include_num_members",
			Errors: "channel_is_limited_access channel_not_found missing_scope",
		},
		{
			Name: "conversations.invite", Tier: 3, JSON: true,
			Scopes: "channels:write.invites groups:write.invites channels:manage groups:write im:write mpim:write",
			Args:   "channel* force users*",
			Errors: "already_in_channel app_cannot_join_channel cant_invite cant_invite_self channel_not_found " +
				"invitee_cant_see_channel is_archived org_user_not_in_team method_not_supported_for_channel_type missing_scope " +
				"no_permission no_external_invite_permission no_user not_in_channel ura_max_channels user_is_restricted " +
				"user_not_found external_channel_migrating",
		},
		{
			Name: "conversations.join", Tier: 3, JSON: true,
			Scopes: "channels:join",
			Args:   "channel*",
			Errors: "channel_is_limited_access channel_not_found is_archived method_not_supported_for_channel_type missing_scope " +
				"too_many_members",
		},
		{
			Name: "conversations.kick", Tier: 3, JSON: true,
			Scopes: "groups:write channels:manage",
			Args:   "channel* user",
			Errors: "cant_kick_from_general cant_kick_self channel_not_found method_not_supported_for_channel_type missing_scope " +
				"not_in_channel not_supported restricted_action user_not_found",
		},
		{
			Name: "conversations.leave", Tier: 3, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "channel*",
			Errors: "cant_leave_general channel_not_found is_archived last_member method_not_supported_for_channel_type " +
				"missing_scope user_is_restricted",
		},
		{
			Name: "conversations.list", Tier: 2, JSON: false,
			Scopes: "groups:read im:read mpim:read channels:read",
			Args:   "cursor exclude_archived limit team_id types",
			Errors: "invalid_cursor invalid_limit invalid_types method_not_supported_for_channel_type missing_argument " +
				"missing_scope",
		},
		{
			Name: "conversations.mark", Tier: 3, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "channel* ts*",
			Errors: "channel_not_found invalid_timestamp not_in_channel",
		},
		{
			Name: "conversations.members", Tier: 4, JSON: false,
			Scopes: "groups:read im:read mpim:read channels:read",
			Args:   "channel* cursor limit",
			Errors: "channel_not_found fetch_members_failed invalid_cursor invalid_limit method_not_supported_for_channel_type " +
				"missing_scope",
		},
		{
			Name: "conversations.open", Tier: 3, JSON: true,
			Scopes: "channels:manage groups:write im:write mpim:write",
			Args:   "channel return_im users prevent_creation",
			Errors: "channel_not_found invalid_user_combination method_not_supported_for_channel_type missing_scope " +
				"not_enough_users too_many_users user_disabled user_not_found user_not_visible users_list_not_supplied",
		},
		{
			Name: "conversations.rename", Tier: 2, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "channel* name*",
			Errors: "channel_not_found invalid_name invalid_name_maxlength invalid_name_punctuation invalid_name_required " +
				"invalid_name_specials is_archived method_not_supported_for_channel_type missing_scope name_taken " +
				"not_authorized not_in_channel",
		},
		{
			Name: "conversations.replies", Tier: 3, JSON: false,
			Scopes: "groups:history im:history mpim:history channels:history",
			Args:   "channel* cursor include_all_metadata inclusive latest limit oldest ts*",
			Errors: "channel_not_found invalid_cursor invalid_metadata_filter_keys invalid_ts_latest invalid_ts_oldest " +
				"missing_scope thread_not_found method_not_supported_for_channel_type list_record_comment_fetch_failed",
		},
		{
			Name: "conversations.setPurpose", Tier: 2, JSON: true,
			Scopes: "channels:write.topic groups:write.topic mpim:write.topic im:write.topic channels:manage groups:write im:write " +
				"mpim:write",
			Args: "channel* purpose*",
			Errors: "channel_not_found is_archived method_not_supported_for_channel_type missing_scope not_in_channel too_long " +
				"user_is_restricted",
		},
		{
			Name: "conversations.setTopic", Tier: 2, JSON: true,
			Scopes: "channels:write.topic groups:write.topic mpim:write.topic im:write.topic channels:manage groups:write im:write " +
				"mpim:write",
			Args: "channel* topic*",
			Errors: "channel_not_found is_archived method_not_supported_for_channel_type missing_scope not_in_channel too_long " +
				"user_is_restricted",
		},
		{
			Name: "conversations.unarchive", Tier: 2, JSON: true,
			Scopes: "groups:write im:write mpim:write channels:write channels:manage",
			Args:   "channel*",
			Errors: "channel_not_found method_not_supported_for_channel_type missing_scope not_archived",
		},
	}
}
