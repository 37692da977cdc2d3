package connector

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestARoomThatIsGone deletes the room of a channel: the next message is in a new one, to
// which people are invited again, and the owner is told once.
func TestARoomThatIsGone(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = []id.UserID{"@ann:test"} })
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000600.000001"}))
	portal := w.room()
	old := portal.MXID
	w.home.gone = map[id.RoomID]bool{old: true}

	after := slackevent.Message{User: "U1", Text: "after", TS: "1700000600.000002", ThreadTS: "1700000600.000001"}
	err := w.hear("E2", after)
	_, later := inbox.LaterFrom(err)
	require.True(t, later, err)
	require.NoError(t, w.hear("E2", after))
	require.NotEqual(t, old, portal.MXID)
	require.NotEmpty(t, portal.MXID)
	require.Equal(t, []id.UserID{"@ann:test"}, portal.Metadata.(*PortalMetadata).Invited)
	require.Len(t, w.rows(after.TS), 1)
	told := 0
	for _, body := range w.home.bodies() {
		if strings.Contains(body, "is gone from the homeserver") {
			told++
		}
	}
	require.Equal(t, 1, told)
}

// TestAGhostThatIsBanned: a ban does not mean that the room is gone.
func TestAGhostThatIsBanned(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	old := portal.MXID
	w.home.refuse = func(s sent) error {
		if strings.HasPrefix(s.sender.String(), "@slack_") {
			return refused(403, "M_FORBIDDEN", "banned")
		}
		return nil
	}
	err := w.hear("E1", slackevent.Message{User: "U1", Text: "kept back", TS: "1700000600.000001"})
	require.ErrorContains(t, err, "banned")
	_, later := inbox.LaterFrom(err)
	require.False(t, later)
	require.Equal(t, old, portal.MXID)
}
