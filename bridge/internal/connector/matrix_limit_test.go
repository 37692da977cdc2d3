package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/database/databasetest"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/settings"
)

// limitsAt are limits whose clock is the test's.
func limitsAt(perMinute int, clock *time.Time) *senderLimits {
	l := newSenderLimits(perMinute)
	l.now = func() time.Time { return *clock }
	return l
}

func TestSenderLimit(t *testing.T) {
	start := time.UnixMilli(1700000000000)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	var now time.Time
	turnOf := func(l *senderLimits, n int, person id.UserID, said, when time.Time) (wait time.Duration, tell bool) {
		now = when
		evt := &event.Event{ID: id.EventID(fmt.Sprintf("$%d", n)), Sender: person, RoomID: "!r", Type: event.EventMessage}
		if wait, tell = l.turnOf(evt, said); tell {
			l.noteTold(evt)
		}
		return wait, tell
	}
	carried := func(t *testing.T, l *senderLimits, n int, person id.UserID, said, when time.Time) {
		t.Helper()
		wait, tell := turnOf(l, n, person, said, when)
		require.Zero(t, wait, "event %d", n)
		require.False(t, tell, "event %d", n)
	}
	t.Run("43 what is above it is slowed, and told once", func(t *testing.T) {
		l := limitsAt(3, &now)
		for n := range 3 {
			carried(t, l, n, "@ann:test", at(0), at(0))
		}
		for n := range 4 {
			wait, tell := turnOf(l, 3+n, "@ann:test", at(0), at(20*n))
			require.Equal(t, 20*time.Second, wait)
			require.Equal(t, n == 0, tell)
			wait, tell = turnOf(l, 3+n, "@ann:test", at(0), at(20*n+20))
			require.Zero(t, wait, "its turn comes")
			require.False(t, tell)
		}
		carried(t, l, 100, "@bob:test", at(80), at(80)) // others have a limit of their own
		for n := range 4 {
			carried(t, l, 200+n, "@ann:test", at(160+20*n), at(160+20*n)) // at its pace
		}
		for n := range 3 {
			carried(t, l, 300+n, "@ann:test", at(600), at(600))
		}
		wait, tell := turnOf(l, 400, "@ann:test", at(600), at(600))
		require.Equal(t, 20*time.Second, wait)
		require.True(t, tell, "much later it is told again")
	})
	t.Run("an event that is tried again counts once", func(t *testing.T) {
		l := limitsAt(2, &now)
		for range 5 {
			carried(t, l, 1, "@ann:test", at(0), at(1))
		}
		carried(t, l, 2, "@ann:test", at(1), at(1))
		third := &event.Event{ID: "$3", Sender: "@ann:test", RoomID: "!r", Type: event.EventMessage}
		for range 2 {
			wait, tell := l.turnOf(third, at(1))
			require.Equal(t, 29*time.Second, wait)
			require.True(t, tell, "the first try may have failed to tell it")
		}
		l.noteTold(third)
		for n := range 100 { // it waits for something else
			_, tell := turnOf(l, 3, "@ann:test", at(1), at(60*n))
			require.False(t, tell)
		}
		wait, tell := turnOf(l, 4, "@ann:test", at(2), at(6000))
		require.Zero(t, wait)
		require.False(t, tell, "it was said at once with what has waited")
	})
	t.Run("what comes late after an outage is not too much at once", func(t *testing.T) {
		l := limitsAt(2, &now)
		for n := range 100 {
			carried(t, l, n, "@ann:test", at(n*40), at(5000))
		}
	})
	t.Run("rooms that come late do not hold each other up", func(t *testing.T) {
		l := limitsAt(2, &now)
		carried(t, l, 0, "@ann:test", at(5000), at(5000))
		carried(t, l, 1, "@ann:test", at(10), at(5000)) // another room's lane was slow
	})
	t.Run("a flood in one room leaves the others their turn", func(t *testing.T) {
		l := limitsAt(60, &now)
		now = at(0)
		inRoom := func(room id.RoomID, n int) time.Duration {
			wait, _ := l.turnOf(&event.Event{ID: id.EventID(fmt.Sprintf("$%s %d", room, n)), Sender: "@ann:test", RoomID: room, Type: event.EventMessage}, at(0))
			return wait
		}
		for n := range 60 {
			require.Zero(t, inRoom("!flood", n))
		}
		require.Equal(t, time.Second, inRoom("!flood", 60)) // those behind it have no turn yet
		require.Equal(t, 2*time.Second, inRoom("!other", 0))
	})
	t.Run("a clock that is ahead", func(t *testing.T) {
		carried(t, limitsAt(1, &now), 1, "@ann:test", at(300), at(0))
	})
	t.Run("what is over is forgotten", func(t *testing.T) {
		l := limitsAt(2, &now)
		for n := range 20 {
			turnOf(l, n, "@ann:test", at(0), at(0))
		}
		carried(t, l, 100, "@bob:test", at(100), at(100))
		require.Len(t, l.people["@ann:test"].rooms, 1, "one turn a room")
		carried(t, l, 101, "@bob:test", at(400), at(400))
		require.Empty(t, l.people["@ann:test"].rooms)
		carried(t, l, 102, "@bob:test", at(1000), at(1000))
		require.NotContains(t, l.people, id.UserID("@ann:test"))
	})
}

// TestSlowedInTheInbox: with one worker, what is above the limit goes at its pace and in order,
// what others say in the room comes after it, and another room does not wait.
func TestSlowedInTheInbox(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := databasetest.Open(t)
		box, err := inbox.Open(t.Context(), inbox.Options{DB: db})
		require.NoError(t, err)
		c := &Connector{bridge: &bridgev2.Bridge{Matrix: newHomeserver()}, limits: newSenderLimits(60)}
		start := time.Now()
		var rows []inbox.Row
		say := func(text string, person id.UserID, room id.RoomID) {
			evt := &event.Event{ID: id.EventID("$" + text), Sender: person, RoomID: room, Type: event.EventMessage, Timestamp: start.UnixMilli()}
			rows = append(rows, inbox.Row{Source: matrixevent.Source, Key: text, Lane: room.String(), Kind: matrixevent.KindEvent, Decoded: evt, Payload: []byte("{}")})
		}
		for n := range 62 {
			say(fmt.Sprint(n), "@ann:test", "!flood:test")
		}
		say("after 62", "@bob:test", "!flood:test")
		say("63rd", "@ann:test", "!flood:test")
		say("elsewhere", "@bob:test", "!other:test")
		type done struct {
			text string
			at   time.Duration
		}
		var mu sync.Mutex
		var flood, other []done
		ctx, stop := context.WithCancel(t.Context())
		var ended sync.WaitGroup
		ended.Go(func() {
			_ = box.Run(ctx, matrixevent.Source, func(ctx context.Context, row *inbox.Attempt) error {
				if err := c.awaitLimit(ctx, row, row.Decoded.(*event.Event)); err != nil {
					return err
				}
				mu.Lock()
				defer mu.Unlock()
				into := &flood
				if row.Lane == "!other:test" {
					into = &other
				}
				*into = append(*into, done{row.Key, time.Since(start).Round(time.Second)})
				return nil
			}, inbox.Policy{Workers: 1})
		})
		_, err = box.Put(t.Context(), rows...)
		require.NoError(t, err)
		time.Sleep(time.Minute)
		stop()
		ended.Wait()
		require.NoError(t, box.Close(t.Context()))

		var want []done
		for n := range 60 {
			want = append(want, done{fmt.Sprint(n), 0})
		}
		want = append(want, done{"60", time.Second}, done{"61", 2 * time.Second}, done{"after 62", 2 * time.Second}, done{"63rd", 3 * time.Second})
		require.Equal(t, want, flood)
		require.Equal(t, []done{{"elsewhere", 0}}, other)
		require.Zero(t, box.Waiting(matrixevent.Source))
	})
}

// limitedWorld is a world in which a person has two messages a minute, by a clock that begins
// at a time and is moved by set.
func limitedWorld(t *testing.T) (w *world, begin time.Time, set func(time.Time)) {
	t.Helper()
	clock := time.Now().Truncate(time.Millisecond)
	w = newWorld(t, func(n *settings.Network) { n.SenderLimit = 2 })
	w.slack.limits = limitsAt(2, &clock)
	return w, clock, func(now time.Time) {
		w.slack.limits.mu.Lock()
		defer w.slack.limits.mu.Unlock()
		clock = now
	}
}

// put stores events from Matrix, said at a time, behind what waits.
func (w *world) put(said time.Time, events ...*event.Event) {
	w.Helper()
	for _, evt := range events {
		evt.Timestamp = said.UnixMilli()
		raw, err := json.Marshal(evt)
		require.NoError(w, err)
		w.home.keep(evt)
		_, err = w.slack.inbox.Put(w.Context(), inbox.Row{
			Source: matrixevent.Source, Key: evt.ID.String(), Lane: evt.RoomID.String(), Kind: matrixevent.KindEvent,
			Self: evt.ID.String(), About: matrixevent.Target(evt).String(), Payload: raw,
		})
		require.NoError(w, err)
	}
}

// handled waits until every row from Matrix is done.
func (w *world) handled() {
	w.Helper()
	require.Eventually(w, func() bool {
		w.slack.inbox.Hurry(matrixevent.Source)
		return w.slack.inbox.Waiting(matrixevent.Source) == 0
	}, 30*time.Second, 5*time.Millisecond)
}

// say handles a message that was said at a time once.
func (w *world) say(event id.EventID, person id.UserID, said time.Time) error {
	w.Helper()
	evt := w.write(event, person, string(event))
	evt.Timestamp = said.UnixMilli()
	return w.receive(evt)
}

// requireSlowed says that a row waits for its sender's limit.
func requireSlowed(t *testing.T, err error, wait time.Duration) {
	t.Helper()
	require.ErrorIs(t, err, errAboveLimit)
	after, later := inbox.LaterFrom(err)
	require.True(t, later)
	require.Equal(t, wait, after)
}

// TestAPersonAboveTheLimit: what is too much waits, told once, and goes to Slack with all that
// comes after it in the room, in order.
func TestAPersonAboveTheLimit(t *testing.T) {
	w, said, set := limitedWorld(t)
	require.NoError(t, w.say("$1", "@ann:test", said))
	require.NoError(t, w.say("$2", "@ann:test", said))
	requireSlowed(t, w.say("$3", "@ann:test", said), limitLook)
	w.put(said,
		w.edit("$4", "@ann:test", "$1", "changed"),
		w.react("$5", "@ann:test", "$1", "🎉"),
		w.write("$6", "@bob:test", "$6"),
		w.redact("$7", "@ann:test", "$3"),
		w.write("$8", "@ann:test", "$8"),
	)
	set(said.Add(29 * time.Second))
	requireSlowed(t, w.say("$3", "@ann:test", said), time.Second)
	require.Equal(t, []string{"$1", "$2"}, w.api.posted(t))
	require.Equal(t, []string{slowedNotice}, w.home.said())

	var order []string
	w.api.onCall(func(c call) answer {
		if slices.Contains([]string{"chat.postMessage", "chat.update", "reactions.add", "chat.delete"}, c.method) {
			order = append(order, c.method)
		}
		return nil
	})
	set(said.Add(30 * time.Second))
	require.NoError(t, w.say("$3", "@ann:test", said))
	set(said.Add(2 * time.Minute))
	w.handled()
	require.Equal(t, []string{"$1", "$2", "$3", "$6", "$8"}, w.api.posted(t))
	require.Equal(t, []string{"chat.postMessage", "chat.update", "reactions.add", "chat.postMessage", "chat.delete", "chat.postMessage"}, order)
	require.Equal(t, []string{slowedNotice}, w.home.said())
	require.Empty(t, w.home.failed())
}

const slowedNotice = "⏳ You have sent more than 2 messages within a minute. What is above that goes to Slack at that pace, in order. Nothing is lost: do not send it again."

// TestWhenAMessageWasSaid: what was said slowly and comes at once after an outage is not slowed.
// Another server may write any time into its events, so what its people say counts when it comes.
func TestWhenAMessageWasSaid(t *testing.T) {
	w, now, _ := limitedWorld(t)
	said := func(n int) time.Time { return now.Add(time.Duration(n-60) * time.Second * 10) }
	for n := range 5 {
		require.NoError(t, w.say(id.EventID(fmt.Sprint("$own", n)), "@ann:test", said(3*n)))
	}
	for n := range 2 {
		require.NoError(t, w.say(id.EventID(fmt.Sprint("$far", n)), "@eve:far", said(3*n)))
	}
	requireSlowed(t, w.say("$far2", "@eve:far", said(6)), limitLook)
}

// TestAPersonWhoIsMutedAboveTheLimit: what waits is refused as soon as its row is looked at.
func TestAPersonWhoIsMutedAboveTheLimit(t *testing.T) {
	w, now, _ := limitedWorld(t)
	for _, event := range []id.EventID{"$1", "$2"} {
		require.NoError(t, w.say(event, "@ann:test", now))
	}
	requireSlowed(t, w.say("$3", "@ann:test", now), limitLook)
	w.put(now, w.write("$4", "@ann:test", "$4"), w.write("$5", "@bob:test", "$5"))
	w.slack.mutes.set("@ann:test", true)
	w.handled()
	require.Equal(t, []string{"$1", "$2", "$5"}, w.api.posted(t))
	require.Equal(t, []id.EventID{"$3", "$4"}, w.home.failed())
}

// TestAPersonWhoCannotBeTold: the notice is sent when the homeserver takes it, and once.
func TestAPersonWhoCannotBeTold(t *testing.T) {
	w, now, _ := limitedWorld(t)
	for _, event := range []id.EventID{"$1", "$2"} {
		require.NoError(t, w.say(event, "@ann:test", now))
	}
	w.home.refuse = func(s sent) error { return errBusy }
	require.ErrorIs(t, w.say("$3", "@ann:test", now), errBusy)
	w.home.refuse = nil
	for range 2 {
		requireSlowed(t, w.say("$3", "@ann:test", now), limitLook)
	}
	require.Equal(t, []string{slowedNotice}, w.home.said())
}

// TestNoLimit: 0 is any number.
func TestNoLimit(t *testing.T) {
	w := newWorld(t)
	for n := range 10 {
		require.NoError(t, w.receive(w.write(id.EventID(fmt.Sprintf("$%d", n)), "@ann:test", "hello")))
	}
	require.Len(t, w.api.posted(t), 10)
}
