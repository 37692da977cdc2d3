package slackapp_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/slackapp"
)

// ours is an app that was made from the bridge's own manifest.
func ours(t *testing.T) slackapp.Existing {
	t.Helper()
	text, err := slackapp.Manifest(slackapp.Options{Format: slackapp.JSON})
	require.NoError(t, err)
	return existing(t, string(text))
}

func existing(t *testing.T, text string) slackapp.Existing {
	t.Helper()
	e, err := slackapp.ParseExisting([]byte(text))
	require.NoError(t, err)
	return e
}

// shown are findings as lines.
func shown(t *testing.T, e slackapp.Existing) (lines []string) {
	t.Helper()
	findings, err := e.Findings()
	require.NoError(t, err)
	for _, f := range findings {
		lines = append(lines, strings.TrimSpace(strings.Join([]string{string(f.Verdict), f.Kind, f.Name, f.Need}, " ")))
	}
	return lines
}

func TestOurOwnManifestLacksNothing(t *testing.T) {
	e := ours(t)
	require.Empty(t, shown(t, e))
	complete, changes, err := e.Complete()
	require.NoError(t, err)
	require.Empty(t, changes)
	require.True(t, complete.Same(e))
	require.Equal(t, "Matrix Bridge", e.Name())
}

// researched are the scopes of an app that was set up from a list for another bridge.
const researched = "chat:write chat:write.public chat:write.customize channels:read channels:history channels:write.invites " +
	"channels:write.topic groups:read groups:history groups:write groups:write.invites groups:write.topic im:read im:history " +
	"im:write im:write.topic mpim:read mpim:history mpim:write mpim:write.topic users:read users.profile:read users:read.email " +
	"team:read files:read files:write reactions:read reactions:write pins:read pins:write emoji:read"

func TestFindingsOfThirtyOneScopes(t *testing.T) {
	scopes := strings.Fields(researched)
	require.Len(t, scopes, 31)
	var m map[string]any
	text, err := ours(t).JSON()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &m))
	m["oauth_config"] = map[string]any{"scopes": map[string]any{"bot": scopes}}
	text, err = json.Marshal(m)
	require.NoError(t, err)
	var found []string
	findings, err := existing(t, string(text)).Findings()
	require.NoError(t, err)
	for _, f := range findings {
		require.Equal(t, "scope", f.Kind)
		found = append(found, string(f.Verdict)+" "+f.Name)
	}
	require.ElementsMatch(t, []string{
		"lacks channels:join", "lacks bookmarks:read", "lacks usergroups:read", "lacks channels:manage", "lacks commands",
		"too much chat:write.public", "too much channels:write.invites", "too much channels:write.topic", "too much groups:write.invites",
		"too much groups:write.topic", "too much im:write.topic", "too much mpim:write.topic", "too much users.profile:read",
	}, found)
}

// foreign is an app of another purpose, with keys that the bridge knows nothing about
// and values that a decoder could change.
const foreign = `{
  "display_information": {"name": "Röbot <&>", "long_description": "line\nline \u00e9"},
  "_metadata": {"major_version": 1, "minor_version": 10000000000000000001},
  "features": {
    "slash_commands": [{"command": "/deploy", "description": "a < b", "url": "https://x.example/deploy", "should_escape": false}],
    "app_home": {"home_tab_enabled": true, "messages_tab_enabled": false, "messages_tab_read_only_enabled": true},
    "agent_view": {"something": {"new": [1.50, 1e3, null]}}
  },
  "oauth_config": {
    "redirect_urls": ["https://x.example/?a=1&b=2"],
    "scopes": {"user": ["email"], "bot": ["commands", "chat:write", "admin.apps:read"], "bot_optional": ["admin.apps:read"]},
    "pkce_enabled": true
  },
  "settings": {
    "event_subscriptions": {"request_url": "https://x.example/events", "bot_events": ["app_mention", "message.im"], "user_events": ["im_open"]},
    "interactivity": {"is_enabled": true, "request_url": "https://x.example/act"},
    "org_deploy_enabled": false, "token_rotation_enabled": false
  }
}`

func TestCompleteKeepsWhatIsNotOurs(t *testing.T) {
	before := existing(t, foreign)
	after, changes, err := before.Complete()
	require.NoError(t, err)
	require.NotEmpty(t, changes)
	require.True(t, before.Same(existing(t, foreign)), "the given manifest is not changed")

	text, err := after.JSON()
	require.NoError(t, err)
	was, is := leaves(t, []byte(foreign)), leaves(t, text)
	owned := func(path string) bool {
		return slices.ContainsFunc([]string{
			"/oauth_config/scopes/bot", "/settings/event_subscriptions/bot_events", "/settings/socket_mode_enabled",
			"/features/bot_user", "/features/app_home/messages_tab_", "/features/slash_commands",
		}, func(prefix string) bool { return strings.HasPrefix(path, prefix) })
	}
	for path, value := range was {
		if !owned(path) {
			require.Equal(t, value, is[path], path)
		}
	}
	for path := range is {
		require.True(t, owned(path) || was[path] != "", "%s is new", path)
	}

	require.True(t, strings.HasPrefix(is["/features/slash_commands"], strings.TrimSuffix(was["/features/slash_commands"], "]")+`,{"command":"/matrix",`),
		"its commands are as they were, and the bridge's comes after them")
	m := struct {
		OAuth struct {
			Scopes struct {
				Bot      []string `json:"bot"`
				Optional []string `json:"bot_optional"`
			} `json:"scopes"`
		} `json:"oauth_config"`
	}{}
	require.NoError(t, json.Unmarshal(text, &m))
	require.Equal(t, []string{"commands", "chat:write", "admin.apps:read"}, m.OAuth.Scopes.Bot[:3], "in their order, with a foreign one")
	require.NotContains(t, m.OAuth.Scopes.Optional, "chat:write")
	require.NotContains(t, m.OAuth.Scopes.Optional, "commands", "the app's owner did not make it optional")
	require.NotContains(t, m.OAuth.Scopes.Optional, "users:read", "a required one cannot be refused")
	require.Contains(t, m.OAuth.Scopes.Optional, "reactions:read")

	require.Equal(t, []string{"too much scope admin.apps:read", "too much event app_mention", "too much user scope email", "too much user event im_open"}, shown(t, after))
	again, changes, err := after.Complete()
	require.NoError(t, err)
	require.Empty(t, changes)
	require.True(t, again.Same(after))
}

// leaves are the values of a JSON text by their pointers, as they are written.
func leaves(t *testing.T, text []byte) map[string]string {
	t.Helper()
	out := map[string]string{}
	var walk func(at string, raw json.RawMessage)
	walk = func(at string, raw json.RawMessage) {
		var object map[string]json.RawMessage
		if json.Unmarshal(raw, &object) == nil && object != nil {
			for key, value := range object {
				walk(at+"/"+key, value)
			}
			return
		}
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, raw))
		out[at] = compact.String()
	}
	walk("", text)
	return out
}

func TestChangesOfAForeignApp(t *testing.T) {
	_, changes, err := existing(t, foreign).Complete()
	require.NoError(t, err)
	var lines []string
	for _, c := range changes {
		require.NotEmpty(t, c.Why)
		lines = append(lines, c.String())
	}
	for _, line := range []string{
		"features.bot_user none → Röbot <&>",
		"oauth_config.scopes.bot + users:read",
		"settings.event_subscriptions.bot_events + message.channels",
		"settings.socket_mode_enabled none → true",
		"features.app_home.messages_tab_enabled false → true",
		"features.app_home.messages_tab_read_only_enabled true → false",
	} {
		require.Contains(t, lines, line)
	}
	require.NotContains(t, strings.Join(lines, "\n"), "+ message.im")
	require.True(t, existing(t, foreign).TakesRequestsByHTTP())
	require.False(t, ours(t).TakesRequestsByHTTP())
}

func TestAnAppWithTokenRotationIsOfNoUse(t *testing.T) {
	e := existing(t, `{"display_information":{"name":"x"},"settings":{"token_rotation_enabled":true}}`)
	unusable, err := e.Unusable()
	require.NoError(t, err)
	require.Len(t, unusable, 1)
	after, changes, err := e.Complete()
	require.NoError(t, err)
	for _, c := range changes {
		require.NotContains(t, c.Path, "token_rotation", "Slack refuses it")
	}
	require.Equal(t, []string{"wrong setting settings.token_rotation_enabled required"}, shown(t, after))
	unusable, err = ours(t).Unusable()
	require.NoError(t, err)
	require.Empty(t, unusable)
}

func TestManifestsOfEveryForm(t *testing.T) {
	asYAML, err := slackapp.Manifest(slackapp.Options{})
	require.NoError(t, err)
	require.True(t, existing(t, string(asYAML)).Same(ours(t)))
	var generic any
	require.NoError(t, yaml.Unmarshal([]byte(foreign), &generic))

	bare := existing(t, `{"display_information":{"name":"Bare"},"oauth_config":null}`)
	after, _, err := bare.Complete()
	require.NoError(t, err)
	require.Empty(t, shown(t, after))

	for name, text := range map[string]string{
		"nothing": "", "a text": "hello", "a list": "[]", "another object": `{"ok":true}`, "broken": "{{", "null": "null",
	} {
		_, err := slackapp.ParseExisting([]byte(text))
		require.ErrorContains(t, err, "no Slack app manifest", name)
	}
	for name, text := range map[string]string{
		"scopes is a list":       `{"display_information":{},"oauth_config":{"scopes":[]}}`,
		"bot is a text":          `{"display_information":{},"oauth_config":{"scopes":{"bot":"x"}}}`,
		"events are numbers":     `{"display_information":{},"settings":{"event_subscriptions":{"bot_events":[1]}}}`,
		"a switch is a text":     `{"display_information":{},"settings":{"socket_mode_enabled":"yes"}}`,
		"settings is a number":   `{"display_information":{},"settings":7}`,
		"the bot user is a list": `{"display_information":{},"features":{"bot_user":[1]}}`,
	} {
		e := existing(t, text)
		_, err := e.Findings()
		require.ErrorContains(t, err, "no Slack app manifest", name)
		_, _, err = e.Complete()
		require.ErrorContains(t, err, "no Slack app manifest", name)
	}
}

func TestTheManifestHasTheSettings(t *testing.T) {
	text, err := ours(t).JSON()
	require.NoError(t, err)
	for _, s := range slackapp.Settings() {
		require.NotEmpty(t, s.Reason)
		require.NotEmpty(t, s.Lost)
		raw := leaves(t, text)["/"+strings.ReplaceAll(s.Path, ".", "/")]
		require.Equal(t, map[bool]string{true: "true", false: "false"}[s.On], raw, s.Path)
	}
}
