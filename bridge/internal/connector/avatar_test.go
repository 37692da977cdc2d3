package connector

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

func TestAvatar(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.URL.Path == "/login" { // Slack answers with a login page
			w.Header().Set("Content-Type", "text/html")
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte("png"))
	}))
	t.Cleanup(server.Close)
	p := newUsers(newTestClient())
	picture := server.URL + "/ann.png"

	avatar := p.avatar(t.Context(), picture, "")
	require.EqualValues(t, picture, avatar.ID)
	data, err := avatar.Get(t.Context())
	require.NoError(t, err)
	require.Equal(t, "png", string(data))
	require.EqualValues(t, 1, asked.Load())

	require.EqualValues(t, picture, p.avatar(t.Context(), picture, networkid.AvatarID(picture)).ID)
	require.EqualValues(t, 1, asked.Load(), "the picture is already in Matrix")

	require.Nil(t, p.avatar(t.Context(), "", ""))
	for range 3 {
		require.Nil(t, p.avatar(t.Context(), server.URL+"/login", ""))
	}
	require.EqualValues(t, 2, asked.Load(), "what failed to download is not asked for again at once")
}
