package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

func newTestClient() *Client {
	client := &Client{
		connector: New(Options{}),
		login:     &bridgev2.UserLogin{UserLogin: &database.UserLogin{ID: "T1-UBOT", RemoteName: "Example"}},
		team:      "T1",
		bot:       "UBOT",
		ofApp:     true,
		identity:  &slackapi.Identity{TeamID: "T1", UserID: "UBOT", BotID: "BBOT", AppID: "A1", BotName: "bridge"},
	}
	client.connector.clients.put(client)
	return client
}

func TestOwnPost(t *testing.T) {
	ours := &slackevent.Metadata{EventType: metadataType}
	c := newTestClient()
	for name, tc := range map[string]struct {
		message slackevent.Message
		own     bool
	}{
		"under a person's name":        {slackevent.Message{Subtype: "bot_message", BotID: "BBOT", Metadata: ours}, true},
		"as the bot's user":            {slackevent.Message{User: "UBOT", Metadata: ours}, true},
		"known by the app":             {slackevent.Message{BotID: "B2", AppID: "A1", Metadata: ours}, true},
		"the app, but not the bridge":  {slackevent.Message{BotID: "BBOT"}, false},
		"a person copies our metadata": {slackevent.Message{User: "U1", Metadata: ours}, false},
		"a person":                     {slackevent.Message{User: "U1"}, false},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.own, c.ownPost(&tc.message)) })
	}
}

func TestSameContent(t *testing.T) {
	said := func(change func(*slackevent.Message)) *slackevent.Message {
		message := &slackevent.Message{Text: "hi", Blocks: []byte(`[1]`), Files: []slackevent.File{{ID: "F1"}}}
		change(message)
		return message
	}
	nothing := said(func(*slackevent.Message) {})
	require.True(t, sameContent(nothing, said(func(m *slackevent.Message) { m.ReplyCount = 3 })))
	require.True(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Attachments = []slackevent.Attachment{{FromURL: "https://x"}} })))
	require.True(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Attachments = []slackevent.Attachment{{IsAppUnfurl: true, Text: "x"}} })))
	require.False(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Attachments = []slackevent.Attachment{{Text: "build passed"}} })))
	require.False(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Room = &slackevent.Room{HasEnded: true} })))
	require.False(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Text = "ho" })))
	require.False(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Blocks = []byte(`[2]`) })))
	require.False(t, sameContent(nothing, said(func(m *slackevent.Message) { m.Files = nil })))
	require.False(t, sameContent(nothing, nil))
}

func TestSameApp(t *testing.T) {
	who := &slackapi.Identity{AppID: "A1"}
	token := func(app string) settings.Tokens {
		return settings.Tokens{App: secret.New("xapp" + "-1-" + app + "-1234-abcdef")}
	}
	require.NoError(t, sameApp(who, token("A1")))
	require.NoError(t, sameApp(&slackapi.Identity{}, token("A1")), "an app id that Slack does not tell proves nothing")
	err := sameApp(who, token("A2"))
	require.ErrorContains(t, err, "of app A1 and the app-level token of app A2")
	secrettest.Check(t, "the error", err.Error())
}

func TestEveryStoredEventTypeHasADecoder(t *testing.T) {
	for kind := range eventHandlers() {
		event, err := slackevent.Decode(slackevent.Callback{InnerType: kind, Event: []byte(`{"type":"` + kind + `"}`)})
		if err == nil {
			_, unknown := event.(*slackevent.Unknown)
			require.False(t, unknown, kind)
		}
	}
}
