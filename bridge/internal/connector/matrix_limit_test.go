package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
)

// saidBy is an event of a person's at a time of the test's clock.
func saidBy(eventID id.EventID, person id.UserID, room id.RoomID) *event.Event {
	return &event.Event{ID: eventID, Sender: person, RoomID: room, Type: event.EventMessage}
}

func TestSenderLimit(t *testing.T) {
	start := time.UnixMilli(1700000000000)
	at := func(seconds int) time.Time { return start.Add(time.Duration(seconds) * time.Second) }
	decide := func(l *senderLimits, n int, person id.UserID, said, now time.Time) (refused, tell bool) {
		return l.decide(saidBy(id.EventID(fmt.Sprintf("$%d", n)), person, "!r"), said, now)
	}
	t.Run("43 what is above it is refused, and told once", func(t *testing.T) {
		l := newSenderLimits(3)
		for n := range 3 {
			refused, _ := decide(l, n, "@ann:test", at(n), at(n))
			require.False(t, refused)
		}
		for n := 3; n < 10; n++ {
			refused, tell := decide(l, n, "@ann:test", at(n), at(n))
			require.True(t, refused)
			require.Equal(t, n == 3, tell)
		}
		refused, _ := decide(l, 100, "@bob:test", at(9), at(9))
		require.False(t, refused, "others have a limit of their own")
		refused, _ = decide(l, 101, "@ann:test", at(61), at(61))
		require.False(t, refused, "it is over after a minute")
		for n := range 3 {
			refused, tell := decide(l, 200+n, "@ann:test", at(600+n/2), at(600+n))
			require.False(t, refused)
			require.False(t, tell)
		}
		refused, tell := decide(l, 300, "@ann:test", at(603), at(603))
		require.True(t, refused)
		require.True(t, tell, "much later it is told again")
	})
	t.Run("an event that is tried again counts once", func(t *testing.T) {
		l := newSenderLimits(2)
		for range 5 {
			refused, _ := decide(l, 1, "@ann:test", at(0), at(1))
			require.False(t, refused)
		}
		refused, _ := decide(l, 2, "@ann:test", at(1), at(1))
		require.False(t, refused)
		for range 2 {
			refused, tell := decide(l, 3, "@ann:test", at(2), at(2))
			require.True(t, refused)
			require.True(t, tell, "the first try may have failed to tell it")
		}
	})
	t.Run("what comes late after an outage is not too much at once", func(t *testing.T) {
		l := newSenderLimits(2)
		for n := range 100 {
			refused, _ := decide(l, n, "@ann:test", at(n*40), at(5000))
			require.False(t, refused)
		}
	})
	t.Run("what is over is forgotten", func(t *testing.T) {
		l := newSenderLimits(2)
		for n := range 100 {
			decide(l, n, "@ann:test", at(0), at(0))
		}
		decide(l, 100, "@bob:test", at(150), at(150))
		require.Len(t, l.people["@ann:test"], 3, "what was carried, and that the others were refused")
		decide(l, 101, "@bob:test", at(1000), at(1000))
		require.Len(t, l.people["@ann:test"], 2)
		decide(l, 102, "@bob:test", at(90_000), at(90_000))
		require.NotContains(t, l.people, id.UserID("@ann:test"))
	})
	t.Run("what waits for an outage to end counts with what was said before it", func(t *testing.T) {
		l := newSenderLimits(2)
		for n := range 2 {
			refused, _ := decide(l, n, "@ann:test", at(n), at(n))
			require.False(t, refused)
		}
		decide(l, 100, "@bob:test", at(200), at(200))
		refused, _ := decide(l, 2, "@ann:test", at(2), at(600))
		require.True(t, refused)
		refused, _ = decide(l, 3, "@ann:test", at(62), at(600))
		require.False(t, refused)
	})
}

// TestAPersonAboveTheLimit: what is too much is marked as failed and told once, and other
// people's messages, deletions and everything after that cross.
func TestAPersonAboveTheLimit(t *testing.T) {
	w := newWorld(t, func(n *settings.Network) { n.SenderLimit = 2 })
	now := time.Now()
	say := func(id id.EventID, person id.UserID, said time.Time) {
		t.Helper()
		evt := w.write(id, person, string(id))
		evt.Timestamp = said.UnixMilli()
		require.NoError(t, w.receive(evt))
	}
	for _, id := range []id.EventID{"$1", "$2", "$3", "$4"} {
		say(id, "@ann:test", now)
	}
	say("$5", "@bob:test", now)
	redaction := w.redact("$6", "@ann:test", "$1")
	redaction.Timestamp = now.UnixMilli()
	require.NoError(t, w.receive(redaction))
	require.Equal(t, []string{"$1", "$2", "$5"}, w.api.posted(t))
	require.Len(t, w.api.of("chat.delete"), 1)
	require.Equal(t, []id.EventID{"$3", "$4"}, w.home.failed())
	require.Equal(t, []string{
		"⚠️ Your message was not bridged: This is not in Slack: you have sent more than 2 messages within a minute, and what is above that is not carried; wait a minute, then send again what is missing",
	}, w.home.said())
	say("$7", "@ann:test", now.Add(61*time.Second))
	require.Equal(t, []string{"$1", "$2", "$5", "$7"}, w.api.posted(t))

	for n := range 3 { // another server may write any time into its events
		say(id.EventID(fmt.Sprintf("$far%d", n)), "@eve:far", now.Add(-time.Duration(n)*time.Hour))
	}
	require.Equal(t, []id.EventID{"$3", "$4", "$far2"}, w.home.failed())
}

// TestNoLimit: 0 is any number.
func TestNoLimit(t *testing.T) {
	w := newWorld(t)
	for n := range 10 {
		require.NoError(t, w.receive(w.write(id.EventID(fmt.Sprintf("$%d", n)), "@ann:test", "hello")))
	}
	require.Len(t, w.api.posted(t), 10)
}
