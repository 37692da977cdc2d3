package settings

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// unknown notes a key that the example does not have, with the best cure there is:
// what a key of mautrix-slack is called here, a key that differs by a letter or two,
// or the section where a key of this name belongs.
func (a *assembly) unknown(file string, key *yaml.Node, within *schema, path string) {
	if cure := adviceFor(path); cure != "" {
		a.problem(file, key, path, "is no key of this bridge", cure)
		return
	}
	a.problem(file, key, path, "unknown key", a.suggest(key.Value, parent(path), within))
}

func (a *assembly) suggest(name, path string, within *schema) string {
	best, bestDistance := "", 1+len(name)/4
	for _, known := range within.names {
		if d := distance(name, known); d <= bestDistance {
			best, bestDistance = join(path, known), d
		}
		if best == "" && len(name) > 3 && (strings.HasPrefix(known, name) || strings.HasPrefix(name, known)) {
			best = join(path, known)
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if elsewhere := sameName(a.schema, name); elsewhere != "" {
		return "did you mean " + elsewhere + "?"
	}
	return "remove it, or see the known keys in `slack-bridge config example`"
}

// sameName returns the path of the first key in the example that has this name.
func sameName(s *schema, name string) string {
	for _, known := range s.names {
		if known == name {
			return s.children[known].path
		}
		if s.children[known].kind == kindSection {
			if path := sameName(s.children[known], name); path != "" {
				return path
			}
		}
	}
	return ""
}

// distance is the number of letters that have to be added, removed or exchanged to
// make one word of the other.
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(to) {
			cost := previous
			if from[i] != to[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(to)]
}

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
		{"network.custom_emoji_reactions", "remove it: custom emoji are shown by their names"},
		{"network.workspace_avatar_in_rooms", "remove it: the workspace's avatar is shown on its space"},
		{"network.participant_sync_count", "remove it: ghosts join a room as their people write"},
		{"network.mute_channels_by_default", "remove it: an app's login has no notifications to mute"},
		{"network.dm_only", "use network.channels, e.g. include: [\"D*\"]"},
		{"network.backfill.conversation_count", "use network.conversation_count"},
		{"network.backfill", "use network.conversation_count and the section backfill"},
		{"bridge.async_events", order},
		{"bridge.split_portals", "remove it: a channel has one room, whoever is logged in"},
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
		{"bridge.kick_matrix_users", "remove it: nobody is kicked, for everybody is relayed"},
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
		{"analytics", "remove it: the bridge reports to nobody"},
		{"provisioning.prefix", "remove it: the prefix is always /_matrix/provision"},
		{"provisioning.enable_session_transfers", "remove it: sessions stay with their bridge"},
		{"provisioning.fail_on_webauthn", "remove it: no login asks for that"},
		{"provisioning.request_id_header", "remove it: it is always Request-Id"},
		{"provisioning.trust_incoming_request_id", "remove it"},
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
