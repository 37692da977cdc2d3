package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Manifest is the part of an app's manifest that the emulator acts on (Slack
// docs: app manifest).
type Manifest struct {
	Display struct {
		Name string `json:"name"`
	} `json:"display_information"`
	Features struct {
		AppHome struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
		} `json:"app_home"`
		BotUser struct {
			DisplayName string `json:"display_name"`
		} `json:"bot_user"`
		Commands []struct {
			Command     string `json:"command"`
			Description string `json:"description"`
			URL         string `json:"url"`
		} `json:"slash_commands"`
	} `json:"features"`
	OAuth struct {
		Scopes struct {
			Bot      []string `json:"bot"`
			Optional []string `json:"bot_optional"`
		} `json:"scopes"`
	} `json:"oauth_config"`
	Settings struct {
		Events struct {
			Bot      []string                         `json:"bot_events"`
			Metadata []workspace.MetadataSubscription `json:"metadata_subscriptions"`
			URL      string                           `json:"request_url"`
		} `json:"event_subscriptions"`
		Interactivity struct {
			Enabled bool   `json:"is_enabled"`
			URL     string `json:"request_url"`
		} `json:"interactivity"`
		SocketMode bool `json:"socket_mode_enabled"`
	} `json:"settings"`

	// Raw is the whole manifest as JSON.
	Raw json.RawMessage `json:"-"`
}

// sections are the top-level keys that Slack takes.
var sections = []string{"_metadata", "display_information", "features", "oauth_config", "settings", "functions", "workflows", "datastores", "outgoing_domains", "types", "metadata_events", "external_auth_providers"}

// Parse reads a manifest in YAML or JSON. It refuses other sections than Slack's and
// values of another type; Validate knows the rest.
func Parse(data []byte) (Manifest, error) {
	var m Manifest
	raw, err := asJSON(data)
	if err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(raw, &keys); err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	for key := range keys {
		if !slices.Contains(sections, key) {
			return m, fmt.Errorf("manifest: unknown key %q", key)
		}
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	m.Raw = raw
	return m, nil
}

func asJSON(data []byte) (json.RawMessage, error) {
	if json.Valid(data) {
		return bytes.Clone(data), nil
	}
	var value any
	if err := yaml.Unmarshal(data, &value); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// App is the app that a manifest describes.
func (m Manifest) App() workspace.NewApp {
	var commands []string
	for _, c := range m.Features.Commands {
		commands = append(commands, c.Command)
	}
	return workspace.NewApp{
		App: workspace.App{
			Name: m.Display.Name, Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot,
			MetadataSubscriptions: m.Settings.Events.Metadata, SocketMode: m.Settings.SocketMode,
			MessagesTab: m.Features.AppHome.Messages, HomeTab: m.Features.AppHome.Home, Commands: commands, Manifest: m.Raw,
		},
		BotName: botName(m.Features.BotUser.DisplayName),
	}
}

// botName is the user name that Slack makes of a bot's display name.
func botName(display string) string {
	var out []rune
	for _, r := range display {
		switch {
		case r >= 'A' && r <= 'Z':
			out = append(out, r+'a'-'A')
		case (r >= 'a' && r <= 'z') || (r >= '0' && r <= '9') || r == '-' || r == '_' || r == '.':
			out = append(out, r)
		case r == ' ':
			out = append(out, '_')
		}
	}
	return string(out)
}
