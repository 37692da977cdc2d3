package app

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/bridgev2/matrix"

	"ops-jrz1/bridge/internal/connector"
	"ops-jrz1/bridge/internal/settings"
)

// mediaOf is the media of a homeserver that answers as given.
func mediaOf(t *testing.T, answer http.HandlerFunc) *homeserverMedia {
	t.Helper()
	server := httptest.NewServer(answer)
	t.Cleanup(server.Close)
	client, err := mautrix.NewClient(server.URL, "@slackbot:test", "token")
	require.NoError(t, err)
	client.Client = &http.Client{Timeout: 50 * time.Millisecond}
	bot := &appservice.IntentAPI{Client: client}
	return &homeserverMedia{app: &App{config: &settings.Config{}, matrix: &matrix.Connector{Bot: bot}}}
}

// TestUploadTakesItsTime: an upload is not ended by the client's time for a request, for it
// makes progress.
func TestUploadTakesItsTime(t *testing.T) {
	var took string
	media := mediaOf(t, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(100 * time.Millisecond)
		body, _ := io.ReadAll(r.Body)
		took = fmt.Sprint(r.Method, " ", r.URL.Path, " ", r.URL.RawQuery, " ", r.Header.Get("Content-Type"), " ", r.ContentLength, " ", string(body))
		fmt.Fprint(w, `{"content_uri":"mxc://test/a"}`)
	})
	address, err := media.Upload(t.Context(), connector.Upload{Content: strings.NewReader("hello"), Size: 5, MimeType: "text/plain", Name: "ä b.txt"})
	require.NoError(t, err)
	require.EqualValues(t, "mxc://test/a", address)
	require.Equal(t, "POST /_matrix/media/v3/upload filename=%C3%A4+b.txt text/plain 5 hello", took)
}

// TestUploadIsSentOnce: a refusal is told and not repeated.
func TestUploadIsSentOnce(t *testing.T) {
	asked := 0
	media := mediaOf(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusBadGateway)
	})
	_, err := media.Upload(t.Context(), connector.Upload{Content: strings.NewReader("hello"), Size: 5})
	require.Error(t, err)
	require.Equal(t, 1, asked)
}

// TestUploadLimit is asked for once, and is none where the homeserver does not know the
// question.
func TestUploadLimit(t *testing.T) {
	asked := 0
	status, body := http.StatusOK, `{"m.upload.size":42}`
	media := mediaOf(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	})
	for range 2 {
		limit, err := media.UploadLimit(t.Context())
		require.NoError(t, err)
		require.EqualValues(t, 42, limit)
	}
	require.Equal(t, 1, asked)

	media.asked = time.Time{}
	status, body = http.StatusNotFound, `{"errcode":"M_UNRECOGNIZED","error":"what?"}`
	limit, err := media.UploadLimit(t.Context())
	require.NoError(t, err)
	require.Zero(t, limit)

	media.asked = time.Time{}
	status, body = http.StatusForbidden, `{"errcode":"M_FORBIDDEN","error":"no"}`
	_, err = media.UploadLimit(t.Context())
	require.Error(t, err)
}

func TestIsEncrypted(t *testing.T) {
	media := mediaOf(t, func(http.ResponseWriter, *http.Request) {})
	for _, tc := range []struct{ require, byDefault, want bool }{{false, false, false}, {false, true, true}, {true, false, true}} {
		media.app.config.Encryption.Require, media.app.config.Encryption.Default = tc.require, tc.byDefault
		encrypted, err := media.IsEncrypted(t.Context(), "")
		require.NoError(t, err)
		require.Equal(t, tc.want, encrypted)
	}
}
