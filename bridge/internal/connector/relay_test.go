package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

func TestSpeak(t *testing.T) {
	text := &event.MessageEventContent{MsgType: event.MsgText, Body: "a < b"}
	deed := &event.MessageEventContent{MsgType: event.MsgEmote, Body: "waves"}
	named, prefixed := relaySender{name: "Ann"}, relaySender{prefix: "Ann & Co"}

	require.Same(t, text, named.withName(text), "the name goes with the post, never into the text")
	require.Equal(t, "Ann waves", named.withName(deed).Body)

	said := prefixed.withName(text)
	require.Equal(t, "Ann & Co: a < b", said.Body)
	require.Empty(t, said.FormattedBody, "plain text stays plain")
	bold := &event.MessageEventContent{MsgType: event.MsgText, Body: "**b**", Format: event.FormatHTML, FormattedBody: "<b>b</b>"}
	require.Equal(t, "<strong>Ann &amp; Co</strong>: <b>b</b>", prefixed.withName(bold).FormattedBody)
	require.Equal(t, "Ann & Co waves", prefixed.withName(deed).Body)
	require.Equal(t, "a < b", text.Body, "what was given stays as it is")
}

func TestShorten(t *testing.T) {
	require.Equal(t, "Ann", shorten("Ann", 80))
	require.Equal(t, strings.Repeat("é", 79)+"…", shorten(strings.Repeat("é", 81), 80))
}

func TestLocalpart(t *testing.T) {
	require.Equal(t, "ann", localpart("@ann:example.org"))
	require.Equal(t, "not a user id", localpart("not a user id"))
}

// TestEverybodyHasAName: a relayed person and the login's owner, whom the framework names
// differently.
func TestEverybodyHasAName(t *testing.T) {
	for _, sender := range []id.UserID{"@ann:test", owner} {
		w := newWorld(t)
		w.home.names = map[id.UserID]string{}
		for name, want := range map[string]string{
			"Ann": "Ann", "": localpart(sender), " \u3000 ": localpart(sender), sender.String(): localpart(sender),
		} {
			w.home.names[sender] = name
			require.NoError(t, w.receive(w.write(id.EventID("$"+name+"m"), sender, "hello")))
			posts := w.api.of("chat.postMessage")
			require.Equal(t, want, posts[len(posts)-1].Get("username"), "%q", name)
		}
	}
}
