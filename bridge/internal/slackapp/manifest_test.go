package slackapp_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/slackapp"
)

// slackManifest is the part of Slack's schema that the bridge may use. Slack
// refuses keys it does not know, and so does decoding into this type.
type slackManifest struct {
	Display struct {
		Name            string `json:"name"`
		Description     string `json:"description"`
		BackgroundColor string `json:"background_color"`
		LongDescription string `json:"long_description"`
	} `json:"display_information"`
	Features struct {
		AppHome struct {
			Home     bool `json:"home_tab_enabled"`
			Messages bool `json:"messages_tab_enabled"`
			ReadOnly bool `json:"messages_tab_read_only_enabled"`
		} `json:"app_home"`
		BotUser struct {
			DisplayName  string `json:"display_name"`
			AlwaysOnline bool   `json:"always_online"`
		} `json:"bot_user"`
		Commands []struct {
			Command     string `json:"command"`
			Description string `json:"description"`
			UsageHint   string `json:"usage_hint"`
			Escape      bool   `json:"should_escape"`
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
			Bot []string `json:"bot_events"`
		} `json:"event_subscriptions"`
		OrgDeploy     bool `json:"org_deploy_enabled"`
		SocketMode    bool `json:"socket_mode_enabled"`
		TokenRotation bool `json:"token_rotation_enabled"`
	} `json:"settings"`
}

func decode(t *testing.T, data []byte) (m slackManifest) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	require.NoError(t, dec.Decode(&m))
	return m
}

// problems applies the rules of Slack's manifest reference and of
// apps.manifest.validate.
func problems(m slackManifest) (out []string) {
	bad := func(when bool, format string, args ...any) {
		if when {
			out = append(out, fmt.Sprintf(format, args...))
		}
	}
	length := func(what, s string, low, high int) {
		n := len([]rune(s))
		bad(n < low || n > high, "%s has %d characters", what, n)
	}
	length("name", m.Display.Name, 1, 35)
	length("description", m.Display.Description, 0, 140)
	length("bot display name", m.Features.BotUser.DisplayName, 1, 80)
	if m.Display.LongDescription != "" {
		length("long description", m.Display.LongDescription, 175, 4000)
	}
	bad(len(m.Features.Commands) > 50, "%d commands", len(m.Features.Commands))
	for _, command := range m.Features.Commands {
		bad(!strings.HasPrefix(command.Command, "/"), "command %q", command.Command)
		length("command", command.Command, 2, 32)
		length("command's description", command.Description, 1, 2000)
		length("command's hint", command.UsageHint, 0, 1000)
		bad(!slices.Contains(m.OAuth.Scopes.Bot, "commands"), "command %s without its scope", command.Command)
	}
	colour := regexp.MustCompile(`^#([0-9a-fA-F]{3}){1,2}$`)
	bad(m.Display.BackgroundColor != "" && !colour.MatchString(m.Display.BackgroundColor), "background %q", m.Display.BackgroundColor)
	unique := func(what string, names []string, most int) {
		bad(len(names) > most, "%d %s", len(names), what)
		bad(len(slices.Compact(slices.Sorted(slices.Values(names)))) != len(names), "%s twice", what)
	}
	unique("scopes", m.OAuth.Scopes.Bot, 255)
	unique("optional scopes", m.OAuth.Scopes.Optional, 255)
	for _, name := range m.OAuth.Scopes.Optional {
		bad(!slices.Contains(m.OAuth.Scopes.Bot, name), "%s is optional and not asked for", name)
	}
	unique("events", m.Settings.Events.Bot, 100)
	bad(len(m.Settings.Events.Bot) > 0 && !m.Settings.SocketMode, "events without Socket Mode or request URL")
	for _, name := range m.Settings.Events.Bot {
		e, found := slackapp.LookupEvent(name)
		granted := func(s string) bool { return slices.Contains(m.OAuth.Scopes.Bot, s) }
		bad(!found || len(e.Scopes) > 0 && !slices.ContainsFunc(e.Scopes, granted), "event %s without its scope", name)
	}
	return out
}

func TestManifest(t *testing.T) {
	for _, format := range []slackapp.Format{slackapp.YAML, slackapp.JSON} {
		t.Run(string(format), func(t *testing.T) {
			got, err := slackapp.Manifest(slackapp.Options{Format: format})
			require.NoError(t, err)
			golden(t, filepath.Join("testdata", "manifest."+string(format)), got)
		})
	}
}

func TestManifestIsWhatSlackTakes(t *testing.T) {
	t.Run("2 one manifest", func(t *testing.T) {
		encoded, err := slackapp.Manifest(slackapp.Options{Format: slackapp.JSON})
		require.NoError(t, err)
		m := decode(t, encoded)
		require.Empty(t, problems(m))
		require.True(t, m.Settings.SocketMode)
		require.True(t, m.Features.AppHome.Messages)
		require.False(t, m.Features.AppHome.ReadOnly)
		require.NotContains(t, m.OAuth.Scopes.Bot, "connections:write", "a scope of the app token cannot be asked for in a manifest")

		asYAML, err := slackapp.Manifest(slackapp.Options{})
		require.NoError(t, err)
		var generic any
		require.NoError(t, yaml.Unmarshal(asYAML, &generic))
		again, err := json.Marshal(generic)
		require.NoError(t, err)
		require.JSONEq(t, string(encoded), string(again), "both notations say the same")
	})
}

func TestManifestOptions(t *testing.T) {
	got, err := slackapp.Manifest(slackapp.Options{Name: "Brücke: <&> \"x\"", BotName: "brücke", Description: "d", Format: slackapp.JSON})
	require.NoError(t, err)
	m := decode(t, got)
	require.Empty(t, problems(m))
	require.Equal(t, "Brücke: <&> \"x\"", m.Display.Name)
	require.Equal(t, "brücke", m.Features.BotUser.DisplayName)
	require.Equal(t, "d", m.Display.Description)

	_, err = slackapp.Manifest(slackapp.Options{Name: strings.Repeat("ü", 35)})
	require.NoError(t, err, "characters are counted, not bytes")

	_, err = slackapp.Manifest(slackapp.Options{
		Name: strings.Repeat("n", 36), BotName: strings.Repeat("b", 81), Description: strings.Repeat("d", 141), Format: "toml",
	})
	require.ErrorIs(t, err, slackapp.ErrOption)
	for _, part := range []string{"name has 36", "bot's name has 81", "description has 141", `"toml"`} {
		require.ErrorContains(t, err, part, "all at once")
	}
}
