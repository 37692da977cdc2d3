package web

// referenceFiles are the methods of files as Slack documents them.
// Source: slack-ruby/slack-api-ref, state of August 2026 (a mirror of docs.slack.dev);
// files.sharedPublicURL from docs.slack.dev itself.
func referenceFiles() []Method {
	return []Method{
		{
			Name: "files.completeUploadExternal", Tier: 4, JSON: true,
			Scopes: "files:write",
			Args:   "files* channel_id thread_ts channels initial_comment blocks username icon_url icon_emoji",
			Errors: "access_denied channel_not_found file_not_found file_update_failed invalid_blocks invalid_channel not_in_channel " +
				"posting_to_channel_denied channels_limit_exceeded file_type_not_allowed file_uploads_except_images_disabled",
		},
		{
			Name: "files.delete", Tier: 3, JSON: true,
			Scopes: "files:write",
			Args:   "file*",
			Errors: "cant_delete_file delete_not_allowed file_deleted file_deleting_disabled file_not_found",
		},
		{
			Name: "files.getUploadURLExternal", Tier: 4, JSON: false,
			Scopes: "files:write",
			Args:   "length* filename* snippet_type alt_txt",
			Errors: "alt_txt_too_large file_upload_size_restricted file_uploads_disabled missing_argument snippet_too_large " +
				"storage_limit_reached unknown_snippet_type unknown_subtype file_type_not_allowed file_uploads_except_images_disabled",
		},
		{
			Name: "files.info", Tier: 4, JSON: false,
			Scopes: "files:read",
			Args:   "count cursor file* limit page",
			Errors: "access_denied file_deleted file_not_found canvas_globally_disabled canvas_disabled_user_team " +
				"canvas_disabled_file_team not_visible template_not_visible slack_connect_canvas_sharing_blocked",
		},
		{
			Name: "files.list", Tier: 3, JSON: false,
			Scopes: "files:read",
			Args:   "channel count page show_files_hidden_by_limit team_id ts_from ts_to types user",
			Errors: "missing_argument slack_connect_canvas_sharing_blocked user_not_found unknown_type",
		},
		{
			Name: "files.sharedPublicURL", Tier: 3, JSON: true,
			Args:   "file*",
			Errors: "file_not_found not_allowed public_video_not_allowed",
		},
	}
}
