package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestARoomThatIsUpgraded: the channel goes on in the room that replaces its own, and everyone
// of it is there.
func TestARoomThatIsUpgraded(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = []id.UserID{"@ann:test"} })
	w.client.roomsMade.Store(true)
	w.session()
	portal := w.room()
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "before", TS: "1700000600.000001"}))
	old, replacement := portal.MXID, id.RoomID("!replacement:test")
	w.slack.noteShown(portal, func(meta *PortalMetadata) { meta.Pinned = []string{"1700000600.000001"} })
	require.NoError(t, w.home.join(joined{replacement, owner}))
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
	upgraded.Sender = owner
	w.home.joining = func(joined) error { return refused(403, "M_FORBIDDEN", "not invited") }
	_, later := inbox.LaterFrom(w.receive(upgraded))
	require.True(t, later, "clients invite the bot after the upgrade")
	require.Equal(t, old, portal.MXID)
	w.home.joining = nil
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, replacement, portal.MXID)

	require.NoError(t, w.hear("E2", slackevent.Message{User: "U2", Text: "after", TS: "1700000600.000002"}))
	said := w.home.of(event.EventMessage)
	require.Equal(t, replacement, said[len(said)-1].room)
	w.settled()
	require.Contains(t, w.ghosts(replacement), "t1-u1", "also those who have not spoken")
	meta := portal.Metadata.(*PortalMetadata)
	require.Equal(t, []id.UserID{"@ann:test"}, meta.Invited)
	require.Empty(t, meta.Pinned, "what is not pinned in the new room was not taken away")

	answer := w.write("$answer", "@ann:test", "and in Matrix")
	require.Equal(t, replacement, answer.RoomID)
	require.NoError(t, w.receive(answer))
	require.Equal(t, []string{"and in Matrix"}, w.api.posted(t))
	stale := w.write("$stale", "@ann:test", "in the old one")
	stale.RoomID = old
	require.NoError(t, w.receive(stale))
	require.Equal(t, []string{"and in Matrix"}, w.api.posted(t))
}

// TestAnUpgradeWithoutPower: who has no power in the room that replaces a channel's does not
// take the channel there.
func TestAnUpgradeWithoutPower(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	old := portal.MXID
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": "!mine:test"})
	upgraded.Sender = "@mallory:test"
	w.home.mu.Lock()
	invite := 50
	w.home.events = append(w.home.events, sent{room: "!mine:test", kind: event.StatePowerLevels, content: &event.Content{
		Parsed: &event.PowerLevelsEventContent{InvitePtr: &invite},
	}})
	w.home.mu.Unlock()
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, old, portal.MXID)
}
