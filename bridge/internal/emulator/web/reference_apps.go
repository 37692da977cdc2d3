package web

// referenceApps are the methods of apps, auth, team, bots and users as Slack documents them.
// Source: slack-ruby/slack-api-ref, state of August 2026 (a mirror of docs.slack.dev).
func referenceApps() []Method {
	return []Method{
		{
			Name: "apps.connections.open", Tier: 3, JSON: true,
			Errors: "forbidden_team insecure_request internal_error invalid_auth missing_args",
		},
		{
			Name: "apps.event.authorizations.list", Tier: 5, JSON: true,
			Args:   "event_context* cursor limit",
			Errors: "auth_mismatch internal_error invalid_cursor invalid_event_context",
		},
		{
			Name: "apps.manifest.create", Tier: 1, JSON: true,
			Args: "manifest* team_id",
			Errors: "invalid_app invalid_arguments invalid_manager_app invalid_manifest invalid_team_id not_in_team failed_adding_collaborator " +
				"failed_creating_app failed_datastore_operation failed_generating_app_token feature_not_enabled managed_app_limit_reached " +
				"socket_mode_not_enabled enterprise_is_restricted",
		},
		{
			Name: "apps.manifest.delete", Tier: 1, JSON: true,
			Args:   "app_id*",
			Errors: "app_not_eligible app_not_found internal_error invalid_app_id no_permission published_app_only app_not_owned_by_manager_app",
		},
		{
			Name: "apps.manifest.export", Tier: 3, JSON: true,
			Args:   "app_id*",
			Errors: "app_not_eligible app_not_found failed_export internal_error invalid_app_id no_permission app_not_owned_by_manager_app",
		},
		{
			Name: "apps.manifest.update", Tier: 1, JSON: true,
			Args: "manifest* app_id*",
			Errors: "app_not_eligible app_not_found failed_adding_collaborator failed_creating_app failed_datastore_operation internal_error " +
				"invalid_app invalid_app_id invalid_manifest no_permission app_not_owned_by_manager_app",
		},
		{
			Name: "apps.manifest.validate", Tier: 3, JSON: true,
			Args: "manifest* app_id",
			Errors: "app_not_eligible invalid_app invalid_app_id invalid_manifest failed_adding_collaborator failed_creating_app no_permission " +
				"app_not_owned_by_manager_app",
		},
		{
			Name: "apps.uninstall", Tier: 1, JSON: false,
			Args:   "client_id* client_secret*",
			Errors: "bad_client_secret client_id_token_mismatch internal_error invalid_client_id no_permission",
		},
		{
			Name: "auth.revoke", Tier: 3, JSON: false,
			Args:   "test",
			Errors: "internal_error not_bearer_token",
		},
		{
			Name: "auth.test", Tier: 5, JSON: true,
			Errors: "internal_error invalid_auth",
		},
		{
			Name: "bots.info", Tier: 3, JSON: false,
			Scopes: "users:read",
			Args:   "bot team_id",
			Errors: "bot_not_found bots_not_found missing_argument team_not_found",
		},
		{
			Name: "team.info", Tier: 3, JSON: true,
			Scopes: "team:read",
			Args:   "domain team",
			Errors: "enterprise_not_found fail_to_get_teams_for_restricted_user missing_user org_not_found team_not_found " +
				"team_not_on_enterprise user_not_found",
		},
		{
			Name: "tooling.tokens.rotate", Tier: 5, JSON: false,
			Args:   "refresh_token*",
			Errors: "internal_error invalid_refresh_token unknown_error",
		},
		{
			Name: "users.conversations", Tier: 3, JSON: false,
			Scopes: "groups:read im:read mpim:read channels:read",
			Args:   "cursor exclude_archived exclude_muted limit team_id types user",
			Errors: "invalid_cursor invalid_limit invalid_types method_not_supported_for_channel_type missing_argument " +
				"missing_scope",
		},
		{
			Name: "users.getPresence", Tier: 3, JSON: false,
			Scopes: "users:read",
			Args:   "user",
		},
		{
			Name: "users.info", Tier: 4, JSON: false,
			Scopes: "users:read",
			Args:   "include_locale user*",
			Errors: "too_many_users user_not_found user_not_visible",
		},
		{
			Name: "users.list", Tier: 2, JSON: false,
			Scopes: "users:read",
			Args:   "cursor include_locale limit team_id",
			Errors: "invalid_cursor limit_required missing_argument",
		},
		{
			Name: "users.lookupByEmail", Tier: 3, JSON: false,
			Scopes: "users:read.email",
			Args:   "email*",
			Errors: "enterprise_is_restricted users_not_found",
		},
		{
			Name: "users.profile.get", Tier: 4, JSON: false,
			Scopes: "users.profile:read",
			Args:   "include_labels user",
			Errors: "user_not_found token_revoked ratelimited",
		},
		{
			Name: "users.setPresence", Tier: 2, JSON: true,
			Scopes: "users:write",
			Args:   "presence*",
			Errors: "invalid_presence",
		},
	}
}
