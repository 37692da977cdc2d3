package e2e_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/face"
	"ops-jrz1/bridge/internal/testbed"
)

// TestFace has people with and without a picture post. Slack fetches the pictures from the
// bridge, which has them from a homeserver that shows media to its own users only.
func TestFace(t *testing.T) {
	const address = "https://faces.test/of" // what a web server in front would have
	onManners(t, func(t *testing.T, options testbed.Options) {
		options.Settings = map[string]any{"appservice.public_address": address}
		bed, general := inGeneral(t, options)
		faceOf := func(text string) string {
			bed.Owner.MustSend(general, text)
			return bed.Slack.AwaitPost("general", text).Icons["image_72"]
		}

		t.Run("4 a person without a picture has none", func(t *testing.T) {
			require.Empty(t, faceOf("without a picture"))
		})
		original := drawn(t, 400, color.White)
		first := bed.Owner.MustSetFace(general, original)
		var link string
		t.Run("4 the picture is shown cropped and small", func(t *testing.T) {
			link = faceOf("with a picture")
			require.True(t, strings.HasPrefix(link, address+face.Path+first.Homeserver+"/"+first.FileID+"/"), link)
			answer, content := fetch(t, bed, link, address)
			require.Equal(t, http.StatusOK, answer.StatusCode)
			require.Equal(t, "nosniff", answer.Header.Get("X-Content-Type-Options"))
			require.Equal(t, "image/png", answer.Header.Get("Content-Type"))
			config, _, err := image.DecodeConfig(bytes.NewReader(content))
			require.NoError(t, err)
			require.Equal(t, [2]int{face.Side, face.Side}, [2]int{config.Width, config.Height})
		})
		t.Run("4 a new picture has a new link", func(t *testing.T) {
			bed.Owner.MustSetFace(general, drawn(t, 200, color.Black))
			newer := faceOf("with another picture")
			require.NotEqual(t, link, newer)
			answer, _ := fetch(t, bed, newer, address)
			require.Equal(t, http.StatusOK, answer.StatusCode)
		})
		t.Run("4 links outlive a restart", func(t *testing.T) {
			bed.Bridge.MustRestart()
			answer, _ := fetch(t, bed, link, address)
			require.Equal(t, http.StatusOK, answer.StatusCode)
		})
		t.Run("4 nothing else is shown", func(t *testing.T) {
			uploaded, err := bed.Owner.Client.UploadBytes(t.Context(), original, "image/png")
			require.NoError(t, err)
			for name, link := range map[string]string{
				"with a signature of another picture": strings.Replace(link, first.FileID, uploaded.ContentURI.FileID, 1),
				"without a signature":                 link[:strings.LastIndex(link, "/")],
			} {
				answer, _ := fetch(t, bed, link, address)
				require.Equal(t, http.StatusNotFound, answer.StatusCode, name)
			}
		})
	})
	t.Run("4 without a public address no picture is sent", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{})
		bed.Owner.MustSetFace(general, drawn(t, 400, color.White))
		bed.Owner.MustSend(general, "no one can see me")
		require.Empty(t, bed.Slack.AwaitPost("general", "no one can see me").Icons)
		answer, _ := fetch(t, bed, address+face.Path, address)
		require.Equal(t, http.StatusNotFound, answer.StatusCode)
	})
}

// drawn is a square PNG of one colour.
func drawn(t *testing.T, side int, of color.Color) []byte {
	t.Helper()
	square := image.NewRGBA(image.Rect(0, 0, side, side))
	for i := range side * side {
		square.Set(i%side, i/side, of)
	}
	var content bytes.Buffer
	require.NoError(t, png.Encode(&content, square))
	return content.Bytes()
}

// fetch asks the bridge for a link as Slack does, through a web server that knows the
// bridge by the address.
func fetch(t *testing.T, bed *testbed.Bed, link, address string) (*http.Response, []byte) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testbed.Patience)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, bed.Bridge.URL()+strings.TrimPrefix(link, address), nil)
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	content, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	return answer, content
}
