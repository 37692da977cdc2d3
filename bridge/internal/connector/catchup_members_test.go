package connector

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestWhoJoinedOrLeftMeanwhile has members come and go while no event told of it.
func TestWhoJoinedOrLeftMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.api.hasMembers([]string{"UBOT", "U1", "U2"})
	room := w.room().MXID
	require.ElementsMatch(t, []string{"t1-u1", "t1-u2"}, w.ghosts(room))

	w.api.hasMembers([]string{"UBOT", "U2", "U3", "U4"})
	w.home.banned = []id.UserID{"@slack_t1-u4:test"} // and stays so
	w.compareMembers()
	require.ElementsMatch(t, []string{"t1-u2", "t1-u3"}, w.ghosts(room))
}

// TestManyWhoJoinedMeanwhile join in the background, and who left leaves, also in a channel
// with more members than one call returns.
func TestManyWhoJoinedMeanwhile(t *testing.T) {
	w := newWorld(t)
	w.api.hasMembers([]string{"UBOT", "U1", "U2"})
	room := w.room().MXID
	w.api.hasMembers(crowd(membersRead + 20))
	w.session()
	w.client.roomsMade.Store(true)
	w.compareMembers()
	w.settled()
	require.Len(t, w.ghosts(room), membersRead+20)
	require.NotContains(t, w.ghosts(room), "t1-u1")
}

// TestABotThatPostedStays, which is no member of the channel.
func TestABotThatPostedStays(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "bots.info":
			return answer{"bot": answer{"id": "B1", "name": "weather"}}
		case c.method == "users.info" && c.form.Get("user") == "U9":
			return answer{"user": answer{"id": "U9", "name": "deploys", "is_bot": true}}
		}
		return nil
	})
	room := w.room().MXID
	require.NoError(t, w.hear("E1", slackevent.Message{Subtype: "bot_message", BotID: "B1", Text: "rain", TS: "1700000600.000001"}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U9", BotID: "B9", Text: "done", TS: "1700000601.000001"}))
	for _, bot := range []string{"B1", "U9"} { // the transport does so before a ghost's first message
		require.NoError(t, w.home.join(joined{room, w.home.FormatGhostMXID(w.client.ghostID(bot))}))
	}
	ghosts := w.ghosts(room)
	w.compareMembers()
	require.ElementsMatch(t, ghosts, w.ghosts(room))
}

// TestWhoLeftALargeChannel with more members than its room gets leaves the room, and others get the
// place. Those who are noted to join count.
func TestWhoLeftALargeChannel(t *testing.T) {
	t.Run("31 who left a large channel while the bridge was away", func(t *testing.T) {
		w := newWorld(t, func(network *settings.Network) { network.RoomMembers = 50 })
		w.api.hasMembers(append(crowd(40), "ULEFT", "UGONE"))
		w.session()
		portal := w.room()
		w.client.roomsMade.Store(true)
		w.settled()
		require.Len(t, w.ghosts(portal.MXID), 42)
		require.NoError(t, w.slack.db.PutJoiners(t.Context(), portal.PortalKey, []networkid.UserID{w.client.ghostID("U200"), w.client.ghostID("U202")}))
		w.api.hasPages(append(crowd(membersRead), "U200"))
		w.compareMembers()
		require.NotContains(t, w.ghosts(portal.MXID), "t1-uleft")
		require.NotContains(t, w.ghosts(portal.MXID), "t1-ugone")
		w.settled()
		require.Len(t, w.ghosts(portal.MXID), 50, "with the one who was noted")
		require.Len(t, w.api.of("conversations.members"), 4, "all are listed, in two pages, once it is known how many they are")
	})
}

// TestAnEnormousChannelKeepsItsMembers: to list those of a channel with more than its room gets takes
// a call for two hundred each, at each start and gap.
func TestAnEnormousChannelKeepsItsMembers(t *testing.T) {
	for name, tc := range map[string]struct {
		limit, members, calls int
		stays                 bool
	}{
		"enormous":                     {0, membersCompared + 1, 1, true},
		"large":                        {0, membersCompared, 1 + membersCompared/membersRead, false},
		"small":                        {0, membersRead - 1, 1, false},
		"enormous, and all are inside": {-1, membersCompared + 1, 1 + membersCompared/membersRead, false},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(network *settings.Network) { network.RoomMembers = tc.limit })
			w.api.hasMembers([]string{"UBOT", "U1", "U2", "ULEFT"})
			room := w.room().MXID
			require.Contains(t, w.ghosts(room), "t1-uleft")
			members := crowd(tc.members - 1) // and the bot
			w.api.onCall(func(c call) answer {
				switch c.method {
				case "conversations.members":
					return pageOf(members, c)
				case "conversations.info":
					return answer{"channel": answer{"id": general, "name": "general", "is_channel": true, "is_member": true, "num_members": tc.members}}
				}
				return nil
			})
			before := len(w.api.of("conversations.members"))
			w.compareMembers()
			require.Len(t, w.api.of("conversations.members"), before+tc.calls)
			require.Equal(t, tc.stays, slices.Contains(w.ghosts(room), "t1-uleft"))
		})
	}
}

// TestWhoWasToJoinHasLeft while no event told of it.
func TestWhoWasToJoinHasLeft(t *testing.T) {
	w := newWorld(t)
	w.api.hasMembers([]string{"UBOT", "U1", "U2"})
	portal := w.room()
	require.NoError(t, w.slack.db.PutJoiners(t.Context(), portal.PortalKey, []networkid.UserID{w.client.ghostID("U7"), w.client.ghostID("U2")}))
	w.compareMembers()
	next, err := w.slack.db.NextJoiners(t.Context(), portal.PortalKey, 10)
	require.NoError(t, err)
	require.Equal(t, []networkid.UserID{w.client.ghostID("U2")}, next)
}

// compareMembers has catch-up compare who is in #general with who is in its room.
func (w *world) compareMembers() {
	w.Helper()
	row, err := w.client.catchupRow(kindThreads, span{Channel: general, Since: time.Now().Add(-time.Hour)})
	require.NoError(w, err)
	row.Lane += "/catchup"
	row.Progress, err = json.Marshal(catchupState{Beside: true})
	require.NoError(w, err)
	require.NoError(w, w.handle(row, w.slack.HandleSlack))
}
