package seed

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/slackapp"
)

// Manifest is the part of an app's manifest that the emulator acts on (Slack
// docs: app manifest). JSON is read as YAML.
type Manifest struct {
	Display struct {
		Name string `yaml:"name"`
	} `yaml:"display_information"`
	Features struct {
		AppHome struct {
			Home     bool `yaml:"home_tab_enabled"`
			Messages bool `yaml:"messages_tab_enabled"`
		} `yaml:"app_home"`
		BotUser struct {
			DisplayName string `yaml:"display_name"`
		} `yaml:"bot_user"`
		Commands []struct {
			Command     string `yaml:"command"`
			Description string `yaml:"description"`
		} `yaml:"slash_commands"`
	} `yaml:"features"`
	OAuth struct {
		Scopes struct {
			Bot []string `yaml:"bot"`
		} `yaml:"scopes"`
	} `yaml:"oauth_config"`
	Settings struct {
		Events struct {
			Bot      []string                         `yaml:"bot_events"`
			Metadata []workspace.MetadataSubscription `yaml:"metadata_subscriptions"`
			URL      string                           `yaml:"request_url"`
		} `yaml:"event_subscriptions"`
		SocketMode bool `yaml:"socket_mode_enabled"`
	} `yaml:"settings"`
}

// sections are the top-level keys that Slack takes.
var sections = []string{"_metadata", "display_information", "features", "oauth_config", "settings", "functions", "workflows", "datastores", "outgoing_domains", "types", "metadata_events", "external_auth_providers"}

// parseManifest reads a manifest in YAML or JSON and refuses what Slack refuses.
func parseManifest(data []byte) (Manifest, error) {
	var keys map[string]yaml.Node
	var m Manifest
	if err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&keys); err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	for key := range keys {
		if !slices.Contains(sections, key) {
			return m, fmt.Errorf("manifest: unknown key %q", key)
		}
	}
	if err := yaml.Unmarshal(data, &m); err != nil {
		return m, fmt.Errorf("read the manifest: %w", err)
	}
	return m, m.check()
}

func (m Manifest) check() error {
	var problems []error
	if n := len([]rune(m.Display.Name)); n == 0 || n > 35 {
		problems = append(problems, errors.New("manifest: display_information.name must have 1 to 35 characters"))
	}
	if m.Features.BotUser.DisplayName == "" {
		problems = append(problems, errors.New("manifest: features.bot_user.display_name is required for bot scopes"))
	}
	for _, c := range m.Features.Commands {
		if n := len([]rune(c.Command)); !strings.HasPrefix(c.Command, "/") || n < 2 || n > 32 || c.Description == "" {
			problems = append(problems, fmt.Errorf("manifest: features.slash_commands: %q must begin with / and have at most 32 characters and a description", c.Command))
		}
	}
	if len(m.Settings.Events.Bot) > 0 && m.Settings.Events.URL == "" && !m.Settings.SocketMode {
		problems = append(problems, errors.New("manifest: Event Subscription requires either Request URL or Socket Mode Enabled"))
	}
	if sorted := slices.Sorted(slices.Values(m.Settings.Events.Bot)); len(slices.Compact(sorted)) != len(m.Settings.Events.Bot) || len(sorted) > 100 {
		problems = append(problems, errors.New("manifest: settings.event_subscriptions.bot_events must be at most 100, each once"))
	}
	return errors.Join(problems...)
}

// app is the app that a manifest describes.
func (m Manifest) app() workspace.NewApp {
	var commands []string
	for _, c := range m.Features.Commands {
		commands = append(commands, c.Command)
	}
	return workspace.NewApp{
		App: workspace.App{
			Name: m.Display.Name, Scopes: m.OAuth.Scopes.Bot, Events: m.Settings.Events.Bot,
			MetadataSubscriptions: m.Settings.Events.Metadata, SocketMode: m.Settings.SocketMode,
			MessagesTab: m.Features.AppHome.Messages, HomeTab: m.Features.AppHome.Home, Commands: commands,
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

// manifest returns an app's manifest: inline, from its file, or the bridge's own.
func (f *File) manifest(a App) (Manifest, error) {
	switch {
	case a.ManifestFile != "":
		path := a.ManifestFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(f.dir, path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return Manifest{}, fmt.Errorf("read the manifest: %w", err)
		}
		return parseManifest(data)
	case !a.Manifest.IsZero():
		data, err := yaml.Marshal(&a.Manifest)
		if err != nil {
			return Manifest{}, fmt.Errorf("read the manifest: %w", err)
		}
		return parseManifest(data)
	}
	data, err := slackapp.Manifest(slackapp.Options{})
	if err != nil {
		return Manifest{}, err
	}
	return parseManifest(data)
}
