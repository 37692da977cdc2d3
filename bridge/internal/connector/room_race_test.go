package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// meanwhile does something again and again until end is called, which waits for it.
func meanwhile(do func()) (end func()) {
	stop, ended := make(chan struct{}), sync.WaitGroup{}
	ended.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				do()
			}
		}
	})
	return func() {
		close(stop)
		ended.Wait()
	}
}

// TestReadWithoutThePortalsLock asks what is asked of a portal before its lock is taken,
// while its channel is renamed, archived and given topics. The race detector judges.
func TestReadWithoutThePortalsLock(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	joined := w.member("$joined", "@ben:test")
	defer meanwhile(func() {
		w.client.mayJoinChannel(portal, joined)
		w.slack.relayOf(portal)
		w.slack.closureOf(portal)
		w.slack.needsPower(portal)
		w.slack.shownIn(portal, "name")
		_, err := w.slack.calledAs(t.Context(), portal)
		assert.NoError(t, err)
	})()
	for i := range 3 {
		w.slack.setOutside(portal, true)
		ts := func(n int) string { return fmt.Sprintf("17000%02d%02d1.000001", i, n) }
		require.NoError(t, w.hear(fmt.Sprint("E", i), slackevent.Message{Subtype: "channel_topic", User: "U1", Topic: ts(0), TS: ts(0)}))
		require.NoError(t, w.hearEvent(fmt.Sprint("R", i), "channel_rename", &slackevent.ChannelRename{
			Type: "channel_rename", Channel: slackevent.Conversation{ID: general, Name: fmt.Sprint("general-", i)}, EventTS: ts(1),
		}))
		require.NoError(t, w.hear(fmt.Sprint("P", i), slackevent.Message{Subtype: slackevent.SubtypeChannelConvertToPrivate, User: "U1", TS: ts(4)}))
		w.archive("channel_archive", ts(2))
		w.archive("channel_unarchive", ts(3))
	}
}

// TestARoomIsLookedUpWhileItChanges asks for the room of a channel, as the lanes of other
// channels and commands do, while the room is made, upgraded, lost and linked. The race
// detector judges.
func TestARoomIsLookedUpWhileItChanges(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	channel, err := w.client.conversations.get(t.Context(), general)
	require.NoError(t, err)
	key := w.client.conversations.keyOf(channel)
	portal, err := w.bridge.GetPortalByKey(t.Context(), key)
	require.NoError(t, err)
	names := &slackResolver{ctx: t.Context(), client: w.client, channel: "C2"}
	link := "https://example.slack.com/archives/" + general
	defer meanwhile(func() {
		w.client.hasRoom(t.Context(), channel)
		names.Channel(general)
		names.InMatrix(link)
		_, err := w.client.ownRoom(t.Context(), key)
		assert.NoError(t, err)
		_, err = w.client.speaksIn(t.Context(), channel)
		assert.NoError(t, err)
		_, err = w.client.statusIn(t.Context(), general)
		assert.NoError(t, err)
	})()
	room := w.room().MXID
	replacement := id.RoomID("!replacement:test")
	require.NoError(t, w.home.join(joined{replacement, owner}))
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
	upgraded.Sender = owner
	w.settled() // the framework itself reads which room a portal has, before it handles an event
	require.NoError(t, w.receive(upgraded))
	require.NotEqual(t, room, w.slack.roomOf(portal))
	w.home.mu.Lock()
	w.home.gone = map[id.RoomID]bool{replacement: true}
	w.home.mu.Unlock()
	w.settled()
	_, later := inbox.LaterFrom(w.hear("E1", slackevent.Message{User: "U1", Text: "after", TS: "1700000600.000002"}))
	require.True(t, later)
	w.settled() // as above: the event makes another room when it is tried again
	require.Contains(t, w.command(owner, ours, "plumb #general --move"), "is linked with")
	require.Equal(t, ours, w.slack.roomOf(portal))
}

// TestAChannelIsLinkedUnderItsLock links a channel without a room while an event of its
// portal is handled.
func TestAChannelIsLinkedUnderItsLock(t *testing.T) {
	w := newWorld(t)
	w.peopleMade(map[id.UserID]int{owner: 50})
	key := w.client.conversations.keyOf(slackevent.Conversation{ID: general})
	portal, err := w.bridge.GetPortalByKey(t.Context(), key)
	require.NoError(t, err)
	ended := sync.WaitGroup{}
	defer ended.Wait()
	handled := errors.New("handled")
	require.ErrorIs(t, w.client.queue(&linking{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatResync, portal: key, create: true},
		link: func(context.Context, *bridgev2.Portal) error {
			ended.Go(func() { assert.Contains(t, w.command(owner, ours, "plumb #general"), "is linked with") })
			assert.Never(t, func() bool { return w.slack.roomOf(portal) != "" }, 300*time.Millisecond, 10*time.Millisecond)
			return handled
		},
	}), handled)
	require.Eventually(t, func() bool { return w.slack.roomOf(portal) == ours }, 30*time.Second, time.Millisecond)
}

// TestAPersonIsNamedWhileTheirNameChanges has a person's name change while messages of
// others name them. The race detector judges.
func TestAPersonIsNamedWhileTheirNameChanges(t *testing.T) {
	w := newWorld(t)
	w.room()
	ghost := w.client.ghostID("U1")
	require.NoError(t, w.client.prepare(t.Context(), ghost))
	defer meanwhile(func() {
		_, err := w.client.ghostName(t.Context(), ghost)
		assert.NoError(t, err)
		_, err = w.client.shownAs(t.Context(), &slackevent.Message{User: "U1", Username: "another"})
		assert.NoError(t, err)
	})()
	for i := range 10 {
		require.NoError(t, w.hearEvent(fmt.Sprint("Ev", i), "user_change", &slackevent.UserChange{
			Type: "user_change", User: slackevent.User{ID: "U1", Name: "alice", RealName: fmt.Sprint("Alice ", i), Updated: time.Now().Add(time.Duration(i) * time.Minute)},
		}))
	}
}

// TestBothSidesNameAChannelAtOnce has its name and topic changed in Slack and in Matrix. The
// race detector judges.
func TestBothSidesNameAChannelAtOnce(t *testing.T) {
	w := newWorld(t)
	w.describes("", "")
	w.room()
	ended := sync.WaitGroup{}
	defer ended.Wait()
	ended.Go(func() {
		for i := range 5 {
			assert.NoError(t, w.receive(w.named(id.EventID(fmt.Sprint("$n", i)), fmt.Sprint("#matrix-", i))))
			assert.NoError(t, w.receive(w.topical(id.EventID(fmt.Sprint("$t", i)), fmt.Sprint("topic ", i))))
		}
	})
	for i := range 5 {
		ts := fmt.Sprintf("170000000%d.000001", i)
		require.NoError(t, w.hear(fmt.Sprint("E", i), slackevent.Message{Subtype: "channel_topic", User: "U1", Topic: ts, TS: ts}))
		require.NoError(t, w.renamed(fmt.Sprint("R", i), fmt.Sprint("general-", i), ts))
	}
}

// TestAMovedChannelIsRenamedAtOnce has Slack tell again and again that a channel had another id,
// while people in Matrix give it names. The race detector judges.
func TestAMovedChannelIsRenamedAtOnce(t *testing.T) {
	w := newWorld(t)
	w.describes("", "")
	w.room()
	ended := sync.WaitGroup{}
	defer ended.Wait()
	ended.Go(func() {
		for i := range 20 {
			assert.NoError(t, w.receive(w.named(id.EventID(fmt.Sprint("$n", i)), fmt.Sprint("#matrix-", i))))
		}
	})
	for i := range 20 {
		require.NoError(t, w.hearEvent(fmt.Sprint("EvMoved", i), eventIDChanged, &slackevent.ChannelIDChanged{
			Type: eventIDChanged, OldID: "C0", NewID: general, EventTS: "1700000700.000001",
		}))
	}
}

// TestAChannelIsArchivedAndConvertedAtOnce, as two logins may hear it. The race detector judges.
func TestAChannelIsArchivedAndConvertedAtOnce(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	ended := sync.WaitGroup{}
	defer ended.Wait()
	ended.Go(func() {
		for i := range 20 {
			row := inbox.Row{Source: "another login", Lane: "another login", Key: fmt.Sprint("A", i), Kind: kindEvent, Payload: []byte("{}")}
			assert.NoError(t, w.handle(row, func(ctx context.Context, row *inbox.Attempt) error {
				_ = w.client.archived(ctx, row, portal.PortalKey, time.Now(), "") // a room that was closed meanwhile refuses the notice
				return nil
			}))
		}
	})
	for i := range 10 {
		kind := slackevent.SubtypeChannelConvertToPrivate
		if i%2 == 1 {
			kind = slackevent.SubtypeChannelConvertToPublic
		}
		_ = w.hear(fmt.Sprint("E", i), slackevent.Message{Subtype: kind, User: "U1", Text: "x", TS: fmt.Sprintf("17000006%02d.000001", i)}) // as above
	}
}

// TestAPersonComesIntoTwoRoomsAtOnce whom no room has had before. The race detector judges.
func TestAPersonComesIntoTwoRoomsAtOnce(t *testing.T) {
	w := newWorld(t)
	portals := []*bridgev2.Portal{w.room(), w.roomOf("C2")}
	for i := range 5 {
		person := w.client.ghostID(fmt.Sprint("U9", i))
		ended := sync.WaitGroup{}
		for _, portal := range portals {
			ended.Go(func() {
				assert.NoError(t, w.client.submit(t.Context(), nil, &infoChange{
					remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: portal.PortalKey, at: time.Now()},
					change: &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{MemberMap: bridgev2.ChatMemberMap{
						person: {EventSender: bridgev2.EventSender{Sender: person}, Membership: event.MembershipJoin},
					}}},
				}))
			})
		}
		ended.Wait()
	}
}

// TestAPersonIsLookedUpWhileTheyChange, as their name and picture do while they are looked for, and
// while who is in a room is compared with who is in its channel. The race detector judges.
func TestAPersonIsLookedUpWhileTheyChange(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	ghost := w.client.ghostID("U1")
	require.NoError(t, w.client.prepare(t.Context(), ghost))
	require.NoError(t, w.home.join(joined{portal.MXID, w.home.FormatGhostMXID(ghost)}))
	w.api.host = func(rw http.ResponseWriter, _ *http.Request) { _, _ = rw.Write([]byte("\x89PNG\r\n\x1a\n")) }
	try := &catchup{Client: w.client, span: span{Channel: general}}
	defer meanwhile(func() {
		_, err := w.client.ResolveIdentifier(t.Context(), "U1", false)
		assert.NoError(t, err)
	})()
	defer meanwhile(func() {
		_, _, err := try.ghostsIn(t.Context(), portal)
		assert.NoError(t, err)
	})()
	for i := range 20 {
		require.NoError(t, w.hearEvent(fmt.Sprint("Ev", i), "user_change", &slackevent.UserChange{
			Type: "user_change", User: slackevent.User{
				ID: "U1", Name: "alice", RealName: fmt.Sprint("Alice ", i), IsBot: i%2 == 1, Updated: time.Now().Add(time.Duration(i) * time.Minute),
				Profile: slackevent.Profile{Image512: fmt.Sprint(w.api.url, "files/", i)},
			},
		}))
	}
}
