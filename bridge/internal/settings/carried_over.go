package settings

import "strings"

// advice is the cure for a key that people bring along from mautrix-slack. A path
// covers everything below it.
type advice struct{ path, cure string }

// carriedOver lists the keys of mautrix-slack and of its framework that this bridge
// does not have.
func carriedOver() []advice {
	const (
		relays  = "remove it: an app's login carries everybody's messages without a set-up"
		order   = "remove it: events of a conversation are always handled in order"
		polling = "remove it: the bridge always gets its events over HTTP"
		files   = "remove it: secrets are read from files by `slack-bridge config render --secret`"
	)
	return []advice{
		{"network.custom_emoji_reactions", "remove it: custom emoji are shown with their pictures"},
		{"network.workspace_avatar_in_rooms", "remove it: the workspace's avatar is shown on its space"},
		{"network.participant_sync_count", "remove it: ghosts join a room as their people write"},
		{"network.mute_channels_by_default", "remove it: an app's login has no notifications to mute"},
		{"network.dm_only", "use network.channels, e.g. include: [\"D*\"]"},
		{"network.backfill.conversation_count", "use network.conversation_count"},
		{"network.backfill", "use network.conversation_count and the section backfill"},
		{"bridge.async_events", order},
		{"bridge.split_portals", "remove it: a channel has one room for all logins"},
		{"bridge.no_bridge_info_state_key", "remove it: bridge information always has a state key"},
		{"bridge.transient_state_debounce", "remove it: only lasting changes of state are reported"},
		{"bridge.unknown_error_auto_reconnect", "remove it: the bridge reconnects by itself"},
		{"bridge.unknown_error_max_auto_reconnects", "remove it: the bridge reconnects by itself"},
		{"bridge.bridge_matrix_leave", "remove it: leaving a room does not leave the channel"},
		{"bridge.tag_only_on_create", "remove it: an app has no tags"},
		{"bridge.only_bridge_tags", "remove it: an app has no tags"},
		{"bridge.mute_only_on_create", "remove it: an app has no muted channels"},
		{"bridge.deduplicate_matrix_messages", "remove it: events are always handled once"},
		{"bridge.cross_room_replies", "remove it: replies stay in their room"},
		{"bridge.revert_failed_state_changes", "remove it"},
		{"bridge.kick_matrix_users", "remove it: no one is kicked, because everyone is relayed"},
		{"bridge.enable_send_state_requests", "remove it"},
		{"bridge.phone_numbers_in_profile", "remove it"},
		{"bridge.cleanup_on_logout", "remove it: rooms stay when a login ends"},
		{"bridge.portal_create_filter", "use network.channels"},
		{"bridge.relay.message_formats", "use bridge.relay.displayname_format: the name is not part of the text"},
		{"bridge.relay.enabled", relays},
		{"bridge.relay.admin_only", relays},
		{"bridge.relay.prefer_default", relays},
		{"bridge.relay.allow_bridge", relays},
		{"bridge.relay.default_relays", relays},
		{"bridge.relay.user_distinguishers", relays},
		{"database.max_conn_idle_time", "use database.conn_max_idle_time"},
		{"database.max_conn_lifetime", "use database.conn_max_lifetime"},
		{"homeserver.status_endpoint", "remove it: the state of a login is said in its management room"},
		{"homeserver.message_send_checkpoint_endpoint", "use matrix.message_status_events"},
		{"homeserver.websocket", polling},
		{"homeserver.websocket_proxy", polling},
		{"homeserver.ping_interval_seconds", polling},
		{"homeserver.public_address", "use appservice.public_address"},
		{"appservice.async_transactions", order},
		{"matrix.ghost_extra_profile_info", "remove it"},
		{"analytics", "remove it: the bridge sends no reports"},
		{"provisioning.prefix", "remove it: the prefix is always /_matrix/provision"},
		{"provisioning.enable_session_transfers", "remove it: sessions stay with their bridge"},
		{"provisioning.fail_on_webauthn", "remove it: no login asks for that"},
		{"provisioning.request_id_header", "remove it: it is always Request-Id"},
		{"provisioning.trust_incoming_request_id", "remove it"},
		{"public_media", "remove it: the pictures of Matrix people have links of their own, see appservice.public_address"},
		{"direct_media", "remove it: media are copied to the homeserver"},
		{"backfill.queue", "remove it: no homeserver takes messages into the past"},
		{"encryption.msc4392", "remove it"},
		{"encryption.plaintext_mentions", "remove it"},
		{"encryption.delete_keys.delete_outbound_on_ack", "remove it"},
		{"env_config_prefix", files},
		{"management_room_texts", "remove it"},
		{"logging.min_level", "use logging.level"},
		{"logging.writers", "use logging.format: the log goes to the standard error output"},
	}
}

// adviceFor returns the cure for a carried-over key, or "".
func adviceFor(path string) string {
	for _, known := range carriedOver() {
		if path == known.path || strings.HasPrefix(path, known.path+".") {
			return known.cure
		}
	}
	return ""
}
