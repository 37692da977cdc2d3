package manifest

import (
	"encoding/json"
	"fmt"
	"slices"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Reflect returns an app's manifest with what its settings page changed since: scopes and
// events that were added or removed, and commands and switches as they are now.
func Reflect(app workspace.App, scopes func([]string) []string) (json.RawMessage, error) {
	tree := map[string]any{}
	if len(app.Manifest) > 0 {
		if err := json.Unmarshal(app.Manifest, &tree); err != nil {
			return nil, fmt.Errorf("read the app's manifest: %w", err)
		}
	}
	asked, _ := at(tree, "oauth_config", "scopes")["bot"].([]any)
	at(tree, "oauth_config", "scopes")["bot"] = scopes(texts(asked))
	events := at(tree, "settings", "event_subscriptions")
	events["bot_events"] = slices.Clone(app.Events)
	if len(app.MetadataSubscriptions) > 0 {
		events["metadata_subscriptions"] = app.MetadataSubscriptions
	}
	at(tree, "settings")["socket_mode_enabled"] = app.SocketMode
	at(tree, "features", "app_home")["messages_tab_enabled"] = app.MessagesTab
	features := at(tree, "features")
	known, _ := features["slash_commands"].([]any)
	for _, command := range app.Commands {
		if !slices.ContainsFunc(known, func(v any) bool { c, _ := v.(map[string]any); return c["command"] == command }) {
			known = append(known, map[string]any{"command": command, "description": command})
		}
	}
	if len(known) > 0 {
		features["slash_commands"] = known
	}
	return json.Marshal(tree)
}

// at returns the object at a path, and makes it if it is not there.
func at(tree map[string]any, path ...string) map[string]any {
	for _, key := range path {
		below, ok := tree[key].(map[string]any)
		if !ok {
			below = map[string]any{}
			tree[key] = below
		}
		tree = below
	}
	return tree
}

func texts(list []any) (out []string) {
	for _, v := range list {
		if s, ok := v.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
