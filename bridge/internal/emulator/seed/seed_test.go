package seed_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/seed"
	"ops-jrz1/bridge/internal/emulator/workspace"
	"ops-jrz1/bridge/internal/slackapp"
)

func build(t *testing.T, text, dir string) (*workspace.Workspace, error) {
	t.Helper()
	f, err := seed.Parse([]byte(text), dir)
	if err != nil {
		return nil, err
	}
	c := clock.New(0)
	t.Cleanup(c.Close)
	return f.Build(c)
}

func TestDefault(t *testing.T) {
	ws, err := build(t, string(seed.Default()), "")
	require.NoError(t, err)
	kinds := map[workspace.Kind]int{}
	for _, ch := range ws.Conversations() {
		kinds[ch.Kind]++
	}
	require.Equal(t, map[workspace.Kind]int{workspace.Public: 4, workspace.Private: 1, workspace.MPIM: 1, workspace.IM: 2}, kinds)
	apps := ws.Apps()
	require.Len(t, apps, 1)
	require.Empty(t, slackapp.MissingScopes(apps[0].Scopes), "the default app has all that the bridge asks for")
	bot, level := ws.Tokens(apps[0].ID)
	require.Regexp(t, `^xoxb-\d+-\d+-[0-9a-f]+$`, bot)
	require.Regexp(t, `^xapp-1-A0BRIDGE01-\d+-[0-9a-f]+$`, level)
	general, err := ws.FindConversation("#general")
	require.NoError(t, err)
	require.Equal(t, "C0GENERAL1", general.ID)
	require.Len(t, general.Members, 5)
	said, err := ws.All(general.ID)
	require.NoError(t, err)
	require.Len(t, said, 5)
	require.Equal(t, []string{"U0BOB00001", "U0CLEO0001"}, said[0].Reactions[0].Users)
	require.Equal(t, 2, said[1].ReplyCount)
}

func TestManifestsInEveryForm(t *testing.T) {
	dir := t.TempDir()
	data, err := slackapp.Manifest(slackapp.Options{Name: "From A File", Format: slackapp.JSON})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "manifest.json"), data, 0o600))
	ws, err := build(t, `
apps:
  - manifest_file: manifest.json
    bot_token: token-one
    app_token: token-two
  - manifest:
      display_information: {name: Inline}
      features: {bot_user: {display_name: Inline Bot}, app_home: {messages_tab_enabled: true}}
      oauth_config: {scopes: {bot: [chat:write]}}
      settings: {socket_mode_enabled: true, event_subscriptions: {bot_events: [message.im]}}
    scopes: [chat:write, im:history]
`, dir)
	require.NoError(t, err)
	apps := ws.Apps()
	require.Equal(t, "From A File", apps[0].Name)
	require.Empty(t, slackapp.MissingScopes(apps[0].Scopes))
	bot, level := ws.Tokens(apps[0].ID)
	require.Equal(t, []string{"token-one", "token-two"}, []string{bot, level})
	require.Equal(t, []string{"chat:write", "im:history"}, apps[1].Scopes)
	require.True(t, apps[1].MessagesTab)
	require.True(t, apps[1].Subscribes("message.im"))
	user, err := ws.User(apps[1].BotUser)
	require.NoError(t, err)
	require.Equal(t, "inline_bot", user.Name)
}

func TestBadSeeds(t *testing.T) {
	manifest := func(rest string) string {
		return "apps: [{manifest: {display_information: {name: X}, features: {bot_user: {display_name: x}}, " + rest + "}}]"
	}
	cases := map[string]struct{ seed, want string }{
		"unknown key":               {"teem: {}", "field teem not found"},
		"unknown member":            {"channels: [{name: a, members: [unknown]}]", `no user "unknown"`},
		"user without name":         {"users: [{id: U1}]", "invalid_name_required"},
		"two users of a name":       {"users: [{name: a}, {name: a}]", "name_taken"},
		"two things of an id":       {"users: [{name: a, id: U1}, {name: b, id: U1}]", "id_taken"},
		"channel name":              {"channels: [{name: Big Name}]", "invalid_name_specials"},
		"two channels of a name":    {"channels: [{name: a}, {name: a}]", "name_taken"},
		"message of no user":        {"users: [{name: a}]\nchannels: [{name: c, members: [a], messages: [{user: b, text: x}]}]", `no user "b"`},
		"message of no bot":         {"users: [{name: a}]\nchannels: [{name: c, members: [a], messages: [{bot: b, text: x}]}]", `no bot "b"`},
		"message of a non-member":   {"users: [{name: a}, {name: b}]\nchannels: [{name: c, members: [a], messages: [{user: b, text: x}]}]", "not_in_channel"},
		"unknown emoji":             {"users: [{name: a}]\nchannels: [{name: c, members: [a], messages: [{user: a, text: x, reactions: {nope: [a]}}]}]", "invalid_name"},
		"DM of one":                 {"users: [{name: a}]\nims: [{members: [a]}]", "needs two members"},
		"manifest file is missing":  {"apps: [{manifest_file: nowhere.yaml}]", "nowhere.yaml"},
		"manifest with unknown key": {manifest("colour: red"), `unknown key "colour"`},
		"events without a way":      {manifest("settings: {event_subscriptions: {bot_events: [message.im]}}"), "requires either Request URL or Socket Mode"},
		"manifest without a name":   {"apps: [{manifest: {display_information: {}, features: {bot_user: {display_name: x}}}}]", "1 to 35 characters"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := build(t, c.seed, t.TempDir())
			require.ErrorContains(t, err, c.want)
		})
	}
}
