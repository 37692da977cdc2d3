package e2e_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed"
)

// TestOnceEcho delays Slack's events about the bridge's own posts until after a
// restart: the bridge still recognizes them, and they do not come back.
func TestOnceEcho(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	bed.Slack.AwaitSocket()
	bed.Slack.Person("alice").MustPost("general", "before")
	before := bed.Owner.AwaitText(general, "before").ID

	// Six events: three posts, a reply and the change of its parent, an edit. A minute
	// of the emulator takes three seconds.
	bed.Slack.MustDisturb(socket.Chaos{DelayNext: 6, DelayMS: 60_000})
	first := bed.Owner.MustSend(general, "one")
	bed.Owner.MustSend(general, "two")
	bed.Owner.MustSendHTML(general, "three", "<b>three</b>")
	bed.Owner.MustThread(general, before, "four")
	bed.Owner.MustEdit(general, first, "one!")
	ts := bed.Slack.AwaitPost("general", "one!").TS
	bed.Owner.MustReact(general, before, "👍")
	bed.Slack.AwaitReaction("general", bed.Slack.AwaitPost("general", "before").TS, "+1")
	bed.Bridge.MustRestart()

	bed.Slack.AwaitEvents("message", 7)
	bed.Slack.AwaitDelivered()
	bed.Slack.Person("alice").MustReact("general", ts, "eyes")
	bed.Owner.AwaitReaction(general, first, "👀")
	require.Equal(t, []string{"before"}, fromSlack(bed, general))
	require.Len(t, bed.Slack.Posts("general"), 5)
}

// TestOnceDuplicates has Slack deliver everything twice: as two envelopes, as one
// envelope twice, and again because an ack was lost with its socket.
func TestOnceDuplicates(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{TimeScale: 0.01})
	bed.Slack.AwaitSocket()
	alice := bed.Slack.Person("alice")
	var want []string
	for _, tc := range []struct {
		name    string
		disturb func()
	}{
		{"two envelopes", func() { bed.Slack.MustDisturb(socket.Chaos{Duplicate: 5}) }},
		{"one envelope twice", func() { bed.Slack.MustDisturb(socket.Chaos{RepeatFirst: 5}) }},
		{"a lost ack", func() {}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.disturb()
			ts := alice.MustPost("general", tc.name)
			if tc.name == "a lost ack" {
				bed.Slack.MustCut()
			}
			message := bed.Owner.AwaitText(general, tc.name).ID
			alice.MustEdit("general", ts, tc.name+"!")
			bed.Owner.AwaitEdit(general, message, tc.name+"!")
			alice.MustReact("general", ts, "tada")
			reaction := bed.Owner.AwaitReaction(general, message, "🎉")
			alice.MustThread("general", ts, tc.name+"?")
			bed.Owner.AwaitText(general, tc.name+"?")
			alice.MustUnreact("general", ts, "tada")
			bed.Owner.AwaitRedacted(general, reaction.ID)
		})
		want = append(want, tc.name, tc.name+"!", tc.name+"?")
	}
	bed.Slack.AwaitDelivered()
	alice.MustPost("general", "the end")
	bed.Owner.AwaitText(general, "the end")
	require.Equal(t, append(want, "the end"), fromSlack(bed, general))
}

// TestOnceLostAnswers loses the answer to every request of the bridge, after the
// request has taken effect.
func TestOnceLostAnswers(t *testing.T) {
	t.Run("44 lost answers double nothing", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{Proxied: true})
		bed.Slack.AwaitSocket()
		alice := bed.Slack.Person("alice")

		lost := bed.ToHomeserver.Lose(sends(general))
		ts := alice.MustPost("general", "one")
		alice.MustPost("general", "two")
		bed.AwaitHit(lost)
		lost.Release()
		message := bed.Owner.AwaitText(general, "one").ID
		bed.Owner.AwaitText(general, "two")
		lost = bed.ToHomeserver.Lose(sends(general))
		alice.MustEdit("general", ts, "one!")
		bed.AwaitHit(lost)
		lost.Release()
		bed.Owner.AwaitEdit(general, message, "one!")
		alice.MustPost("general", "three")
		bed.Owner.AwaitText(general, "three")
		require.Equal(t, []string{"one", "two", "one!", "three"}, fromSlack(bed, general))

		for name, lost := range map[string]web.Fault{
			"cut": {Cut: true}, "bad gateway": {Status: http.StatusBadGateway}, "internal error": {Error: "internal_error"},
		} {
			lost.Method, lost.Channel, lost.After = "chat.postMessage", "general", true
			bed.Slack.MustFailCalls(lost)
			bed.Owner.MustSend(general, name+"?")
			bed.Owner.MustSend(general, name+"!")
			bed.Slack.AwaitPost("general", name+"!")
		}
		require.Len(t, bed.Slack.PostsOf("general", "owner"), 6)
	})
}

// TestOnceRepeatedTransactions loses the bridge's answers to the homeserver, so that it
// delivers again.
func TestOnceRepeatedTransactions(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	lost := bed.ToBridge.Lose(testbed.Delivers)
	bed.Owner.MustSend(general, "one")
	bed.AwaitHit(lost)
	lost.Release()
	bed.Owner.MustSend(general, "two")
	bed.Slack.AwaitPost("general", "two")
	require.Len(t, bed.Slack.PostsOf("general", "owner"), 2)
}

// TestOnceKilled kills the bridge, twice, while people talk in Slack.
func TestOnceKilled(t *testing.T) {
	t.Run("44 a kill doubles nothing", func(t *testing.T) {
		onBoth(t, func(t *testing.T, database testbed.Database) {
			bed, general := inGeneral(t, testbed.Options{Database: database})
			bed.Slack.AwaitSocket()
			talk := newTalk(bed, general, 40)
			talk.matrix = nil
			talk.between = func(sent int) {
				if sent == 10 || sent == 25 {
					bed.Bridge.Kill()
					bed.Bridge.MustStart()
				}
			}
			talk.inSlack()
			for _, text := range talk.slack {
				bed.Owner.AwaitText(general, text)
			}
			bed.Slack.AwaitDelivered()
			bed.Slack.Person("alice").MustPost("general", "the end")
			bed.Owner.AwaitText(general, "the end")
			require.ElementsMatch(t, append(talk.slack, "the end"), fromSlack(bed, general))
		})
	})
}

// fromSlack returns the messages from Slack that a room shows, edits included:
// everything that the owner did not write.
func fromSlack(bed *testbed.Bed, room id.RoomID) (bodies []string) {
	for _, m := range bed.Owner.Messages(room) {
		if m.Sender != bed.Owner.UserID {
			bodies = append(bodies, m.Body)
		}
	}
	return bodies
}

// sends matches requests that send a message to a room.
func sends(room id.RoomID) func(*http.Request) bool {
	return func(r *http.Request) bool {
		return testbed.InRoom(room)(r) && strings.Contains(r.URL.Path, "/send/"+event.EventMessage.Type)
	}
}
