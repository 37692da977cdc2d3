package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/face"
	"ops-jrz1/bridge/internal/secret"
)

// TestFaces has people with and without pictures post, where Slack can fetch them.
func TestFaces(t *testing.T) {
	const ann = id.UserID("@ann:test")
	first, second := id.ContentURI{Homeserver: "test", FileID: "first"}, id.ContentURI{Homeserver: "test", FileID: "second"}
	links := face.Links{Address: "https://engines.test", Key: secret.New("0123456789abcdef")}
	w := newWorld(t)
	w.slack.faces.links = &links
	w.home.pictures = map[id.UserID]id.ContentURIString{}
	n := 0
	post := func(sender id.UserID, picture string) string {
		n++
		w.home.pictures[sender] = id.ContentURIString(picture)
		require.NoError(t, w.receive(w.write(id.EventID("$m"+strings.Repeat("x", n)), sender, "hello")))
		posts := w.api.of("chat.postMessage")
		return posts[len(posts)-1].Get("icon_url")
	}
	shown := func(picture id.ContentURI) bool {
		is, err := w.slack.IsFace(t.Context(), picture)
		require.NoError(t, err)
		return is
	}

	require.Empty(t, post(ann, ""))
	require.False(t, shown(first))
	for range 2 {
		require.Equal(t, links.To(first), post(ann, first.String()))
	}
	require.Equal(t, links.To(first), post(owner, first.String()), "the login's owner has a picture too")
	require.True(t, shown(first))
	require.Equal(t, links.To(second), post(ann, second.String()), "a new picture")
	require.True(t, shown(first), "older posts keep theirs")
	for _, wrong := range []string{"https://engines.test/a.png", "mxc://test", "mxc://test/a/../b", "mxc://te st/a"} {
		require.Empty(t, post(ann, wrong), wrong)
	}

	w.client.identity.Scopes = nil
	require.Empty(t, post(ann, second.String()), "an app that may not choose its name has no picture either")
	w.client.identity.Scopes = []string{scopeCustomize}
	w.slack.faces.links = nil
	require.Empty(t, post(ann, second.String()), "without a public address")
}
