package connector

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// orders are what sorts the rooms in the space, by room.
func (w *world) orders() map[id.RoomID]string {
	orders := map[id.RoomID]string{}
	for _, s := range w.home.of(event.StateSpaceChild) {
		orders[id.RoomID(s.key)] = s.content.Parsed.(*event.SpaceChildEventContent).Order
	}
	return orders
}

// TestSpace shows the workspace: its picture, and its channels by name.
func TestSpace(t *testing.T) {
	t.Run("56 rooms are sorted by name in the space", func(t *testing.T) {
		w := newWorld(t)
		room := w.room().MXID
		require.Equal(t, map[id.RoomID]string{room: "general"}, w.orders())
		require.NoError(t, w.hearEvent("E1", "channel_rename", &slackevent.ChannelRename{
			Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: "Ärger-2"}, EventTS: "1700000601.000001",
		}))
		require.Equal(t, map[id.RoomID]string{room: "~rger-2"}, w.orders())
		children := len(w.home.of(event.StateSpaceChild))
		require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "hello", TS: "1700000602.000001"}))
		require.Len(t, w.home.of(event.StateSpaceChild), children)
		require.Len(t, orderOf("a-name-that-is-longer-than-fifty-characters-and-goes-on-for-long"), maxOrder)
	})
	t.Run("56 the workspace's name and picture", func(t *testing.T) {
		w := newWorld(t)
		space, err := w.client.space(t.Context())
		require.NoError(t, err)
		w.api.host = func(rw http.ResponseWriter, r *http.Request) {
			rw.Header().Set("Content-Type", "image/png")
			_, _ = rw.Write([]byte("png " + r.URL.Path))
		}
		team := func(domain, picture string) {
			t.Helper()
			w.api.onCall(func(c call) answer {
				if c.method != "team.info" {
					return nil
				}
				if picture == "" {
					return answer{"ok": false, "error": "fatal_error"}
				}
				return answer{"team": answer{"id": teamID, "name": "Example", "domain": domain, "icon": answer{"image_230": w.api.url + "files/" + picture}}}
			})
			err := w.client.refreshSpace(t.Context())
			require.Equal(t, picture == "", err != nil, err)
		}
		team("example", "one.png")
		require.EqualValues(t, w.api.url+"files/one.png", space.AvatarID)
		require.NotEmpty(t, space.AvatarMXC)
		first := space.AvatarMXC
		team("examples", "two.png")
		require.NotEqual(t, first, space.AvatarMXC)
		require.Equal(t, "examples", space.Name)
		require.Len(t, w.home.of(event.StateRoomAvatar), 2)
		uploads := len(w.home.uploads)
		team("examples", "two.png")
		require.Len(t, w.home.uploads, uploads, "the same picture is not uploaded again")
		team("examples", "")
		require.Equal(t, "examples", space.Name, "it keeps what it has")
	})
}
