package connector

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// putLive puts the event of a message in #general without waiting for it.
func (w *world) putLive(client *Client, n int) {
	w.Helper()
	_, err := w.slack.inbox.Put(w.Context(), inbox.Row{
		Source: sourceOf(client.login.ID), Key: "live " + ago(n), Lane: client.lane(general), Kind: kindEvent, Payload: []byte("{}"),
		Decoded: storedEvent{kind: "message", event: &slackevent.Message{Channel: general, ChannelType: "channel", User: "U1", Text: "live", TS: ago(n)}},
	})
	require.NoError(w, err)
}

func (w *world) allSettled(clients ...*Client) {
	w.Helper()
	require.Eventually(w, func() bool {
		return !slices.ContainsFunc(clients, func(c *Client) bool { return w.slack.inbox.Waiting(sourceOf(c.login.ID)) > 0 })
	}, 30*time.Second, time.Millisecond)
}

// TestTheOtherLoginWaitsForTheHistory has two logins of a workspace share a channel. One
// fills its room; a live event that the other receives meanwhile comes after the history.
func TestTheOtherLoginWaitsForTheHistory(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(9, answer{"text": "live"})}})
	second := w.loginOf("@second:test", "UBOT2")
	var refused, open atomic.Bool
	w.home.refuse = func(s sent) error {
		if s.body() == "message 2" && !open.Load() {
			refused.Store(true)
			return mautrix.HTTPError{Response: &http.Response{StatusCode: http.StatusServiceUnavailable}}
		}
		return nil
	}
	w.session()
	w.run(sourceOf(second.login.ID), w.slack.HandleSlack)
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	require.NoError(t, w.client.makeRoom(t.Context(), conversation))
	require.Eventually(t, refused.Load, 30*time.Second, time.Millisecond)

	began := time.Now()
	require.NoError(t, second.makeRoom(t.Context(), conversation), "its rooms are not held up")
	require.Less(t, time.Since(began), syncPatience/2)
	w.putLive(second, 9)
	require.Never(t, func() bool { return slices.Contains(w.home.bodies(), "live") }, time.Second/2, 10*time.Millisecond)
	open.Store(true)
	w.allSettled(w.client, second)
	require.Equal(t, []string{"message 1", "message 2", "live"}, w.home.bodies())
}

// TestTwoLoginsFillOneRoom has both make the room of a channel at the same moment: it is
// filled once, and then the owners of both come in.
func TestTwoLoginsFillOneRoom(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(9, answer{"text": "live"})}})
	second := w.loginOf("@second:test", "UBOT2")
	room := id.RoomID("!r2:test") // after the space
	invitedAfter := map[string]int{}
	w.home.refuse = func(s sent) error {
		if s.room == room && s.kind == event.StateMember && !strings.HasPrefix(s.key, "@slack_") {
			if _, before := invitedAfter[s.key]; !before {
				invitedAfter[s.key] = len(w.home.sentSoFar(event.EventMessage))
			}
		}
		return nil
	}
	w.session()
	w.run(sourceOf(second.login.ID), w.slack.HandleSlack)
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	var both sync.WaitGroup
	for _, client := range []*Client{w.client, second} {
		both.Go(func() { _ = client.makeRoom(t.Context(), conversation) })
	}
	both.Wait()
	w.putLive(w.client, 9)
	w.putLive(second, 9)
	w.allSettled(w.client, second)
	require.Equal(t, []string{"message 1", "message 2", "live"}, w.home.bodies())
	require.Empty(t, w.client.backfills.states)
	require.Empty(t, second.backfills.states)
	require.Equal(t, room, w.room().MXID)
	require.Len(t, invitedAfter, 2)
	for owner, messages := range invitedAfter {
		require.GreaterOrEqual(t, messages, 2, owner)
	}
}

// TestTheOneWithTheArchiveFills has the rows of three logins come to the making of a room at the
// same moment. The one in the middle has claimed what an archive holds; the others have planned
// what Slack shows. The archive is not thrown away, and nothing else gets in between.
func TestTheOneWithTheArchiveFills(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(7, nil), pastMessage(8, nil), pastMessage(9, nil)}})
	w.keepArchive(pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil))
	logins := []*Client{w.client, w.loginOf("@second:test", "UBOT2"), w.loginOf("@third:test", "UBOT3")}
	conversation, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	for _, client := range logins {
		require.NoError(t, client.loadArchived(t.Context()))
	}
	for _, at := range []int{1, 0, 2} {
		planned, err := logins[at].planBackfill(t.Context(), conversation, nil)
		require.NoError(t, err)
		require.True(t, planned)
	}
	w.session()
	for _, client := range logins[1:] {
		w.run(sourceOf(client.login.ID), w.slack.HandleSlack)
	}
	for _, client := range logins {
		require.NoError(t, client.makeRoom(t.Context(), conversation))
	}
	w.allSettled(logins...)
	require.Equal(t, []string{"message 1", "message 2", "message 3", "message 7", "message 8", "message 9"}, w.home.bodies())
	for _, client := range logins {
		require.Empty(t, client.backfills.states)
	}
}
