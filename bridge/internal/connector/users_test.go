package connector

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// forget makes the connector know about Slack only what a new process would: what is in
// the database.
func (w *world) forget() {
	w.slack.seen = newSeen()
	w.client.users, w.client.conversations = newUsers(w.client), newConversations(w.client)
}

// asked are the users and bots that Slack was asked for, in order.
func (w *world) asked() (ids []string) {
	for _, form := range w.api.of("users.info") {
		ids = append(ids, form.Get("user"))
	}
	for _, form := range w.api.of("bots.info") {
		ids = append(ids, form.Get("bot"))
	}
	return ids
}

// TestPeopleAreAskedForOnce: people who speak, are mentioned or are in rooms, also after a
// restart.
func TestPeopleAreAskedForOnce(t *testing.T) {
	w := newWorld(t)
	w.roomOf(general)
	say := func(n int) {
		for i, channel := range []string{general, "C2"} {
			require.NoError(t, w.hear("E", slackevent.Message{
				Channel: channel, ChannelType: "channel", User: "U2", Text: "hi <@U3> and <@U1>", TS: fmt.Sprintf("170000000%d.00000%d", n, i),
			}))
		}
	}
	say(1)
	require.ElementsMatch(t, []string{"U1", "U2", "U3"}, w.asked())
	w.forget()
	say(2)
	require.ElementsMatch(t, []string{"U1", "U2", "U3"}, w.asked())
	require.Contains(t, w.home.bodies(), "hi Ann and Ann")
}

// TestMemoryHoldsAFewPeople has more people speak than fit into memory.
func TestMemoryHoldsAFewPeople(t *testing.T) {
	w := newWorld(t)
	w.slack.seen.recent = newLRU[slackdb.Person](2)
	for range 2 {
		for n := range 4 {
			_, err := w.client.users.person(t.Context(), fmt.Sprintf("U%d", n))
			require.NoError(t, err)
		}
	}
	require.Len(t, w.slack.seen.recent.byKey, 2)
	require.Len(t, w.asked(), 4, "who is not in memory is in the database")
	require.Empty(t, w.slack.seen.asking.held)
}

// TestSpeakersAreAskedForAgain has a person speak who changed their name more than a day
// ago, without an event. Their message does not wait for Slack's answer.
func TestSpeakersAreAskedForAgain(t *testing.T) {
	w := newWorld(t)
	say := func(n int) error {
		return w.hear("E", slackevent.Message{User: "U1", Text: fmt.Sprint("text ", n), TS: fmt.Sprintf("1700000001.%06d", n)})
	}
	require.NoError(t, say(1))
	require.Equal(t, "Ann", w.nameOfGhost("U1"))

	answers, names := make(chan struct{}), "Annie"
	w.api.onCall(func(c call) answer {
		if c.method != "users.info" {
			return nil
		}
		<-answers
		return answer{"user": answer{"id": c.form.Get("user"), "name": "ann", "real_name": names}}
	})
	now := time.Now()
	w.client.users.now = func() time.Time { return now }
	require.NoError(t, say(2))
	require.Len(t, w.asked(), 1, "a minute is no age")

	now = now.Add(personAge + time.Minute)
	require.NoError(t, say(3))
	require.NoError(t, say(4))
	require.Contains(t, w.home.bodies(), "text 4", "nothing waits")
	require.Equal(t, "Ann", w.nameOfGhost("U1"))
	close(answers)
	w.settled()
	require.Equal(t, "Annie", w.nameOfGhost("U1"))
	require.Len(t, w.asked(), 2, "once, however often they speak")

	w.forget()
	w.client.users.now = func() time.Time { return now.Add(personAge / 2) }
	require.NoError(t, say(5))
	w.settled()
	require.Len(t, w.asked(), 2, "the next process knows when Slack was asked")
}

// TestWhomSlackDoesNotKnowAnyMoreStays has a user speak who was deleted from Slack's
// directory.
func TestWhomSlackDoesNotKnowAnyMoreStays(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "one", TS: "1700000001.000001"}))
	w.api.onCall(func(c call) answer {
		if c.method == "users.info" {
			return answer{"ok": false, "error": "user_not_found"}
		}
		return nil
	})
	now := time.Now().Add(personAge + time.Minute)
	w.client.users.now = func() time.Time { return now }
	require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "two", TS: "1700000001.000002"}))
	w.settled()
	require.Equal(t, "Ann", w.nameOfGhost("U1"))
	require.Len(t, w.asked(), 2)
	known, _, err := w.slack.db.Person(t.Context(), teamID, "U1")
	require.NoError(t, err)
	require.Equal(t, now.UnixMilli(), known.Fetched.UnixMilli(), "not asked for again before another day")
}

// TestWhatSlackTellsOfPeople delivers events in the wrong order, and about a new person.
func TestWhatSlackTellsOfPeople(t *testing.T) {
	t.Run("36 a name at once when it changes", func(t *testing.T) {
		w := newWorld(t)
		at := time.Unix(1_700_000_000, 0)
		changed := func(kind, id, name string, updated time.Time) {
			t.Helper()
			user := slackevent.User{ID: id, Name: id, RealName: name, Updated: updated}
			require.NoError(t, w.hearEvent(kind+name, kind, &slackevent.UserChange{Type: kind, User: user}))
		}
		require.NoError(t, w.hear("E", slackevent.Message{User: "U1", Text: "one", TS: "1700000001.000001"}))
		changed("user_change", "U1", "Newest", at.Add(time.Minute))
		changed("user_profile_changed", "U1", "Older", at)
		require.Equal(t, "Newest", w.nameOfGhost("U1"))

		changed("team_join", "U7", "Dora", at)
		require.NoError(t, w.hear("E", slackevent.Message{User: "U7", Text: "two <@U7>", TS: "1700000001.000002"}))
		require.Equal(t, "Dora", w.nameOfGhost("U7"))
		require.Contains(t, w.home.bodies(), "two Dora")
		require.Equal(t, []string{"U1"}, w.asked())
	})
}

// TestNoOneSpeaksWithoutAName reaches Slack's rate limits when a person speaks for the
// first time, and when a direct conversation's room is made.
func TestNoOneSpeaksWithoutAName(t *testing.T) {
	w := newWorld(t)
	w.room()
	var limited atomic.Bool
	limited.Store(true)
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "users.info" && limited.Load():
			return answer{"ok": false, "error": "ratelimited"}
		case c.method == "conversations.info" && c.form.Get("channel") == "D1":
			return answer{"channel": answer{"id": "D1", "is_im": true, "user": "U9"}}
		}
		return nil
	})
	speaks := func() error {
		return w.hear("E", slackevent.Message{User: "U8", Text: "hello", TS: "1700000001.000001"})
	}
	writes := func() error {
		return w.hear("E", slackevent.Message{Channel: "D1", ChannelType: "im", User: "U9", Text: "psst", TS: "1700000001.000002"})
	}
	require.Error(t, speaks())
	require.Error(t, writes())
	require.NotContains(t, w.home.bodies(), "hello")
	limited.Store(false)
	// Slack's pause lasts a moment more; the inbox tries such a row again.
	require.Eventually(t, func() bool { return speaks() == nil }, 10*time.Second, 10*time.Millisecond)
	require.Eventually(t, func() bool { return writes() == nil }, 10*time.Second, 10*time.Millisecond)
	require.Equal(t, "Ann", w.nameOfGhost("U8"))
	portal, err := w.bridge.GetPortalByKey(t.Context(), networkid.PortalKey{ID: "T1-D1", Receiver: w.client.login.ID})
	require.NoError(t, err)
	require.Equal(t, "Ann", portal.Name)
}
