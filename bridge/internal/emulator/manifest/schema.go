package manifest

// manifestShape is Slack's schema of a manifest (slackapi/manifest-schema, version 1.0.0 of
// July 2026; `agent_view` and `metadata_events` from Slack docs: app manifest reference).
// What runs on Slack's own machines (functions, workflows, datastores, types) is taken as
// it is.
var manifestShape = shape{
	kind: "object", required: []string{"display_information"},
	keys: map[string]shape{
		"_metadata":               object(nil, fields{"schema_version": number, "min_version": number, "major_version": number, "minor_version": number}),
		"display_information":     object([]string{"name"}, fields{"name": text(1, 35), "description": text(1, 140), "background_color": colour, "long_description": text(175, 4000)}),
		"features":                featuresShape,
		"oauth_config":            oauthShape,
		"settings":                settingsShape,
		"app_directory":           {kind: "object"},
		"functions":               {kind: "object"},
		"workflows":               {kind: "object"},
		"datastores":              {kind: "object"},
		"types":                   {kind: "object"},
		"metadata_events":         {kind: "object"},
		"external_auth_providers": {kind: "object"},
		"outgoing_domains":        list(0, 10, text(1, 50)),
	},
}

var featuresShape = object(nil, fields{
	"app_home": object(nil, fields{"home_tab_enabled": flag, "messages_tab_enabled": flag, "messages_tab_read_only_enabled": flag}),
	"bot_user": object([]string{"display_name"}, fields{"display_name": text(1, 80), "always_online": flag}),
	"shortcuts": list(1, 10, object([]string{"name", "type", "callback_id", "description"}, fields{
		"name": text(1, 24), "type": {kind: "text", words: []string{"message", "global"}}, "callback_id": text(1, 255), "description": text(1, 150),
	})),
	"slash_commands": list(1, 50, object([]string{"command", "description"}, fields{
		"command": {kind: "text", min: 2, max: 32, prefixes: []string{"/"}}, "url": address(3000), "description": text(1, 2000),
		"usage_hint": text(1, 1000), "should_escape": flag,
	})),
	"workflow_steps": list(1, 10, object([]string{"name", "callback_id"}, fields{"name": text(1, 50), "callback_id": text(1, 50)})),
	"unfurl_domains": unique(list(1, 5, text(1, 255))),
	"functions":      {kind: "list"},
	"assistant_view": {kind: "object"},
	"agent_view":     {kind: "object"},
})

var oauthShape = object(nil, fields{
	"redirect_urls": unique(list(0, 1000, text(0, 2500))),
	"scopes": object(nil, fields{
		"user": names(255), "bot": names(255), "user_optional": names(255), "bot_optional": names(255),
	}),
	"token_management_enabled": flag, "pkce_enabled": flag,
})

var settingsShape = object(nil, fields{
	"allowed_ip_address_ranges": unique(list(1, 50, text(1, 50))),
	"event_subscriptions": object(nil, fields{
		"request_url": address(3500), "user_events": unique(names(100)), "bot_events": unique(names(100)),
		"metadata_subscriptions": unique(list(1, 20, object([]string{"app_id", "event_type"}, fields{"app_id": text(0, 0), "event_type": text(0, 50)}))),
	}),
	"incoming_webhooks":  object(nil, fields{"incoming_webhooks_enabled": flag}),
	"interactivity":      object([]string{"is_enabled"}, fields{"is_enabled": flag, "request_url": address(3500), "message_menu_options_url": address(3500)}),
	"siws_links":         object(nil, fields{"initiate_uri": {kind: "text", max: 3500, prefixes: []string{"https://"}}}),
	"org_deploy_enabled": flag, "socket_mode_enabled": flag, "is_hosted": flag, "token_rotation_enabled": flag, "is_mcp_enabled": flag,
	"hermes_app_type": text(0, 0), "function_runtime": text(0, 0),
})

type fields = map[string]shape

var (
	flag   = shape{kind: "bool"}
	number = shape{kind: "number"}
	colour = shape{kind: "text", min: 4, max: 7, prefixes: []string{"#"}}
)

func text(least, most int) shape { return shape{kind: "text", min: least, max: most} }

func address(most int) shape {
	return shape{kind: "text", max: most, prefixes: []string{"http://", "https://"}}
}

func object(required []string, keys fields) shape {
	return shape{kind: "object", required: required, keys: keys}
}

func list(least, most int, items shape) shape {
	return shape{kind: "list", min: least, max: most, items: &items}
}

func names(most int) shape { return list(0, most, text(0, 50)) }

func unique(s shape) shape {
	s.unique = true
	return s
}
