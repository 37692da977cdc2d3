package connector

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestTheFaceOfEachMessage has a webhook post under several names and pictures: each
// picture is uploaded once, and one that is not available costs no message.
func TestTheFaceOfEachMessage(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/gone.png" {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "image/png")
		_, _ = w.Write([]byte(r.URL.Path))
	}))
	t.Cleanup(server.Close)
	w := newWorld(t)
	n := 0
	shown := func(name, picture string) *event.BeeperPerMessageProfile {
		n++
		require.NoError(t, w.hear(fmt.Sprint("E", n), slackevent.Message{
			Subtype: "bot_message", BotID: "B1", Username: name, Icons: &slackevent.Icons{Image64: picture}, Text: "text", TS: fmt.Sprintf("1700000600.%06d", n),
		}))
		all := w.home.contents()
		return all[len(all)-1].BeeperPerMessageProfile
	}
	shown("first", "") // who is seen first gives the ghost its name
	rocket := shown("rocket", server.URL+"/rocket.png")
	require.Equal(t, "rocket", rocket.Displayname)
	require.EqualValues(t, "mxc://test/1", *rocket.AvatarURL)
	require.EqualValues(t, "mxc://test/2", *shown("turtle", server.URL+"/turtle.png").AvatarURL)
	require.EqualValues(t, "mxc://test/1", *shown("rocket", server.URL+"/rocket.png").AvatarURL)
	require.Equal(t, []string{"/rocket.png", "/turtle.png"}, w.home.uploads)

	require.Nil(t, shown("rocket", server.URL+"/gone.png").AvatarURL)
	require.Nil(t, shown("rocket", "").AvatarURL)
	w.home.refuseUploads = true
	require.Nil(t, shown("rocket", server.URL+"/hare.png").AvatarURL)
}
