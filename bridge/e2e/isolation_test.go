package e2e_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed"
)

// atOnce is how long a message, an ack or a transaction may take while something
// else is slow. The slow thing lasts until the test ends it, so a message that waits
// for it never arrives in time.
const atOnce = 3 * time.Second

// TestIsolationSlowRoom has the homeserver answer nothing about one room.
func TestIsolationSlowRoom(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	beside := newBystander(bed)
	slow := bed.ToHomeserver.Hold(testbed.InRoom(general))
	waiting := newTalk(bed, general, 10)
	waiting.inSlack()
	bed.AwaitHit(slow)
	waiting.inMatrix()
	beside.check(t)

	slow.Release()
	waiting.check(t)
}

// TestIsolationSlowRoomAtStart kills the bridge while a room is slow: its backlog
// delays no other room after the next start either.
func TestIsolationSlowRoomAtStart(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	beside := newBystander(bed)
	slow := bed.ToHomeserver.Hold(testbed.InRoom(general))
	waiting := newTalk(bed, general, 10)
	waiting.matrix = nil
	waiting.inSlack()
	bed.AwaitHit(slow)
	bed.Slack.AwaitAcked()
	bed.Bridge.Kill()
	bed.Slack.AwaitNoSocket()
	bed.Bridge.MustStart()
	bed.Slack.AwaitSocket()
	beside.check(t)

	slow.Release()
	for _, text := range waiting.slack {
		bed.Owner.AwaitText(general, text)
	}
	require.Equal(t, waiting.slack, fromSlack(bed, general))
}

// TestIsolationBrokenRoom is the same with a homeserver that answers with errors.
func TestIsolationBrokenRoom(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	beside := newBystander(bed)
	broken := bed.ToHomeserver.Fail(testbed.InRoom(general), http.StatusBadGateway)
	waiting := newTalk(bed, general, 10)
	waiting.inSlack()
	bed.AwaitHit(broken)
	waiting.inMatrix()
	beside.check(t)

	broken.Release()
	waiting.check(t)
}

// TestIsolationSlowCreation has the homeserver be slow to create a room.
func TestIsolationSlowCreation(t *testing.T) {
	bed, _ := inGeneral(t, testbed.Options{Proxied: true})
	beside := newBystander(bed)
	slow := bed.ToHomeserver.Hold(testbed.CreatesRoom)
	bed.Slack.Person("alice").MustCreateChannel("plans", testbed.Bot)
	bed.Slack.Person("alice").MustPost("plans", "is there a room?")
	bed.AwaitHit(slow)
	beside.check(t)

	slow.Release()
	bed.Owner.AwaitText(bed.Owner.AwaitRoom("#plans"), "is there a room?")
}

// TestIsolationSlowMethod has Slack be slow to answer users.info for a person whom the
// bridge does not know yet: a member of the workspace who is in no bridged channel.
func TestIsolationSlowMethod(t *testing.T) {
	const bob = "  - {id: U0BOB00001, name: bob, real_name: Bob Baker}\n"
	require.Contains(t, testbed.DefaultSeed, bob)
	seed := strings.Replace(testbed.DefaultSeed, bob, bob+"  - {id: U0DORA0001, name: dora, real_name: Dora Diaz}\n", 1)
	bed, general := inGeneral(t, testbed.Options{Proxied: true, Seed: seed})
	beside := newBystander(bed)
	slow := bed.ToSlack.Hold(testbed.Calls("users.info"))
	dora := bed.Slack.Person("dora")
	dora.MustJoin("general")
	dora.MustPost("general", "I am new here")
	bed.AwaitHit(slow)
	beside.check(t)

	slow.Release()
	require.Equal(t, dora.GhostID(), bed.Owner.AwaitText(general, "I am new here").Sender)
}

// TestIsolationLimitedChannel has Slack refuse posts to one channel for a while.
// Messages from Slack in that same channel do not wait either.
func TestIsolationLimitedChannel(t *testing.T) {
	t.Run("45 a refused channel waits alone", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{Proxied: true})
		beside := newBystander(bed)
		bed.Slack.MustFailCalls(web.Fault{Method: "chat.postMessage", Channel: "general", Times: -1, Status: http.StatusTooManyRequests, RetryAfter: 60})
		waiting := newTalk(bed, general, 10)
		waiting.inMatrix()
		bed.Slack.AwaitCall("chat.postMessage", "C0GENERAL1")
		waiting.inSlack()
		bed.Owner.AwaitText(general, waiting.slack[9])
		require.Empty(t, bed.Slack.PostsOf("general", "owner"))
		beside.check(t)

		bed.Slack.MustClearFaults()
		waiting.check(t)
	})
}

// TestIsolationSlowPost has Slack be slow to confirm a post.
func TestIsolationSlowPost(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	beside := newBystander(bed)
	bed.Slack.MustFailCalls(web.Fault{Method: "chat.postMessage", Channel: "general", After: true, DelayMS: 10_000})
	bed.Owner.MustSend(general, "first")
	bed.Slack.AwaitPost("general", "first")
	bed.Owner.MustSend(general, "second")
	beside.check(t)
	require.Len(t, bed.Slack.PostsOf("general", "owner"), 1, "the second waits for the first")

	bed.Slack.AwaitPost("general", "second")
	require.Len(t, bed.Slack.PostsOf("general", "owner"), 2)
}

// TestIsolationLongText sends a text of so many pieces that Slack's rate limits slow
// them down: messages from Slack arrive in between.
func TestIsolationLongText(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{TimeScale: 1})
	long := between("begin", "a text of many pieces", "end", 60_000)
	bed.Owner.MustSend(general, long)
	bed.Slack.AwaitPostWith("general", "the first piece", func(p testbed.Post) bool { return strings.HasPrefix(p.Text, "begin") })
	begin := time.Now()
	bed.Slack.Person("alice").MustPost("general", "may I?")
	bed.Owner.AwaitText(general, "may I?")
	require.Less(t, time.Since(begin), 2*atOnce)

	bed.Slack.AwaitPostWith("general", "the last piece", endsWith("end"))
	var pieces strings.Builder
	for _, piece := range bed.Slack.PostsOf("general", "owner") {
		pieces.WriteString(piece.Text)
	}
	require.Equal(t, squeeze(long), squeeze(pieces.String()), "every piece once and in order")
}

// bystander is a room that has nothing to do with the slow part.
type bystander struct {
	bed          *testbed.Bed
	room         id.RoomID
	transactions interface{ Took() []time.Duration }
}

func newBystander(bed *testbed.Bed) *bystander {
	room := bed.Owner.AwaitRoom("#secret")
	bed.Slack.Person("alice").MustPost("secret", "before")
	bed.Owner.AwaitText(room, "before")
	return &bystander{bed: bed, room: room, transactions: bed.ToBridge.Watch(testbed.Delivers)}
}

// check sends messages both ways in the bystander's room. It measures how long each
// took, how long envelopes waited for their acks and transactions for their answers,
// and fails if any took longer than atOnce.
func (b *bystander) check(t *testing.T) {
	t.Helper()
	var slowest time.Duration
	for _, text := range []string{"one", "two", "three"} {
		begin := time.Now()
		b.bed.Slack.Person("bob").MustPost("secret", text+" in Slack")
		b.bed.Owner.AwaitText(b.room, text+" in Slack")
		b.bed.Owner.MustSend(b.room, text+" in Matrix")
		b.bed.Slack.AwaitPost("secret", text+" in Matrix")
		slowest = max(slowest, time.Since(begin))
	}
	ack, transaction := b.bed.Slack.AwaitAcked(), slices.Max(b.transactions.Took())
	t.Logf("meanwhile in another room: a message each way in %s, an ack after %s, a transaction answered after %s", slowest, ack, transaction)
	require.Less(t, slowest, 2*atOnce, "a message each way")
	require.Less(t, ack, atOnce, "the longest wait of an envelope for its ack")
	require.Less(t, transaction, atOnce, "the longest wait of a transaction for its answer")
}
