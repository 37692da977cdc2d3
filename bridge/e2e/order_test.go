package e2e_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestOrder has both sides talk at once in one channel: each side's messages
// arrive on the other side once, in the order in which they were written.
func TestOrder(t *testing.T) {
	onEach(t, func(t *testing.T, options testbed.Options) {
		bed, general := inGeneral(t, options)
		talk := newTalk(bed, general, 200)
		bed.Together(talk.inSlack, talk.inMatrix)
		talk.check(t)
	})
}

// TestOrderAtSlacksPace is the same with Slack's real rate limits.
func TestOrderAtSlacksPace(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{TimeScale: 1})
	talk := newTalk(bed, general, 10)
	bed.Together(talk.inSlack, talk.inMatrix)
	talk.check(t)
}

// talk is a number of messages in each direction, in one channel.
type talk struct {
	bed     *testbed.Bed
	room    id.RoomID
	slack   []string
	matrix  []string
	between func(sent int)
}

func newTalk(bed *testbed.Bed, room id.RoomID, messages int) *talk {
	t := &talk{bed: bed, room: room, between: func(int) {}}
	for i := range messages {
		t.slack = append(t.slack, fmt.Sprintf("Slack %03d", i))
		t.matrix = append(t.matrix, fmt.Sprintf("Matrix %03d", i))
	}
	return t
}

func (t *talk) inSlack() {
	for i, text := range t.slack {
		t.bed.Slack.Person("alice").MustPost("general", text)
		t.between(i)
	}
}

func (t *talk) inMatrix() {
	for _, text := range t.matrix {
		t.bed.Owner.MustSend(t.room, text)
	}
}

// check waits for every message and requires each once and in order.
func (t *talk) check(test *testing.T) {
	test.Helper()
	seen, posted := t.outcome(test)
	require.Equal(test, t.slack, seen, "what Matrix shows of Slack")
	require.Equal(test, t.matrix, posted, "what Slack shows of Matrix")
}

// outcome waits for every message and returns all that crossed, in the order in
// which the other side shows them.
func (t *talk) outcome(test *testing.T) (seen, posted []string) {
	test.Helper()
	for i := range t.slack {
		t.bed.Owner.AwaitText(t.room, t.slack[i])
		t.bed.Slack.AwaitPost("general", t.matrix[i])
	}
	ghost := t.bed.Slack.Person("alice").GhostID()
	for _, m := range t.bed.Owner.Messages(t.room) {
		if m.Sender == ghost {
			seen = append(seen, m.Body)
		}
	}
	for _, post := range t.bed.Slack.PostsOf("general", "owner") {
		posted = append(posted, post.Text)
	}
	return seen, posted
}
