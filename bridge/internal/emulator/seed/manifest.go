package seed

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/emulator/manifest"
	"ops-jrz1/bridge/internal/slackapp"
)

// parseManifest reads a manifest in YAML or JSON and refuses what no app can be made of.
// An app may be seeded in a state that Slack's own check would refuse.
func parseManifest(data []byte) (manifest.Manifest, error) {
	m, err := manifest.Parse(data)
	if err != nil {
		return m, err
	}
	return m, check(m)
}

func check(m manifest.Manifest) error {
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

// manifest returns an app's manifest: inline, from its file, or the bridge's own.
func (f *File) manifest(a App) (manifest.Manifest, error) {
	switch {
	case a.ManifestFile != "":
		path := a.ManifestFile
		if !filepath.IsAbs(path) {
			path = filepath.Join(f.dir, path)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return manifest.Manifest{}, fmt.Errorf("read the manifest: %w", err)
		}
		return parseManifest(data)
	case !a.Manifest.IsZero():
		data, err := yaml.Marshal(&a.Manifest)
		if err != nil {
			return manifest.Manifest{}, fmt.Errorf("read the manifest: %w", err)
		}
		return parseManifest(data)
	}
	data, err := slackapp.Manifest(slackapp.Options{Format: slackapp.JSON})
	if err != nil {
		return manifest.Manifest{}, err
	}
	return parseManifest(data)
}
