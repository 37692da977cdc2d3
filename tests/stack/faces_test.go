//go:build stack

package stack_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"image"
	"image/png"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/tests/stack/matrix"
	"ops-jrz1/tests/stack/slack"
)

// What nginx passes on to the bridge, and how wide and high a picture is.
const (
	facePath = "/_slack-bridge/face/"
	faceSide = 96
)

// testFaces: Slack fetches the picture of a person in Matrix through nginx, and nothing
// else of the bridge's.
func testFaces(t *testing.T, s *site) {
	s.needTokens(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	admin := s.admin(t)
	s.awaitHomeserver(t)
	room := s.general(ctx, t, admin)
	var picture bytes.Buffer
	require.NoError(t, png.Encode(&picture, image.NewGray(image.Rect(0, 0, 400, 300))))
	require.NoError(t, admin.SetFace(ctx, room, picture.Bytes()))
	link := s.postedBy(ctx, t, admin, room).Icons["image_72"]
	require.True(t, strings.HasPrefix(link, "https://"+server+facePath), link)

	t.Run("the picture is shown, small", func(t *testing.T) {
		resp, body := s.get(t, link)
		require.Equal(t, http.StatusOK, resp.StatusCode, body)
		require.Equal(t, "image/png", resp.Header.Get("Content-Type"))
		require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
		config, _, err := image.DecodeConfig(strings.NewReader(body))
		require.NoError(t, err)
		require.Equal(t, [2]int{faceSide, faceSide}, [2]int{config.Width, config.Height})
	})
	t.Run("the bridge refuses other links", func(t *testing.T) {
		for _, link := range []string{link[:len(link)-1], "https://" + server + facePath, "https://" + server + facePath + "x"} {
			resp, body := s.get(t, link)
			require.Equal(t, http.StatusNotFound, resp.StatusCode)
			require.Contains(t, body, "there is no such picture")
		}
	})
	t.Run("nginx passes on nothing next to it", func(t *testing.T) {
		for _, path := range []string{
			"/_slack-bridge/", "/_slack-bridge/faces/", "/_slack-bridge/face/../", "/_slack-bridge/face/../../health",
			"/_slack-bridge/face/%2e%2e/%2e%2e/_matrix/app/v1/ping", "/_slack-bridge/face/../../_matrix/provision/v3/whoami",
		} {
			resp, body := s.get(t, "https://"+server+path)
			require.Equal(t, http.StatusNotFound, resp.StatusCode, path)
			require.Contains(t, body, "<center>nginx</center>", path)
		}
		// What nginx has compared is passed on, and not what was sent.
		resp, body := s.get(t, "https://"+server+"/health/.."+strings.TrimPrefix(link, "https://"+server))
		require.Equal(t, http.StatusOK, resp.StatusCode, body)
	})
	t.Run("and only what reads", func(t *testing.T) {
		for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
			req, err := http.NewRequestWithContext(ctx, method, link, nil)
			require.NoError(t, err)
			resp, err := s.outside.Do(req)
			require.NoError(t, err)
			require.NoError(t, resp.Body.Close())
			require.Equal(t, http.StatusForbidden, resp.StatusCode, method)
		}
	})
	t.Run("the doctor finds it", func(t *testing.T) {
		out := s.run(t, "sh", "-c", "ops-doctor --json || true")
		require.Contains(t, out, "and to the pictures of Matrix people under "+server)
		require.Contains(t, out, "clients and other servers find the homeserver by "+server)
		require.Regexp(t, `the web server takes files of \d+ bytes, as the homeserver does`, out)
	})
}

// postedBy is what a person's message becomes in Slack.
func (s *site) postedBy(ctx context.Context, t *testing.T, person *matrix.Person, room id.RoomID) slack.Message {
	t.Helper()
	text := "From Matrix " + rand.Text()
	require.NoError(t, person.Send(ctx, room, text))
	var posted slack.Message
	s.await(t, "the message in Slack", func(ctx context.Context) (bool, error) {
		messages, err := s.slack.Messages(ctx, channel)
		for _, m := range messages {
			if m.Text == text {
				posted = m
			}
		}
		return posted.Text != "", err
	})
	return posted
}
