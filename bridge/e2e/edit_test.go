package e2e_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestEdit edits and deletes a message on each side.
func TestEdit(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice := bed.Slack.Person("alice")

	ts := alice.MustPost("general", "teh first")
	first := bed.Owner.AwaitText(general, "teh first")
	t.Run("15 an edit in Slack", func(t *testing.T) {
		alice.MustEdit("general", ts, "the first")
		require.Equal(t, first.Sender, bed.Owner.AwaitEdit(general, first.ID, "the first").Sender)
	})
	t.Run("17 a deletion in Slack", func(*testing.T) {
		alice.MustDelete("general", ts)
		bed.Owner.AwaitRedacted(general, first.ID)
	})

	second := bed.Owner.MustSend(general, "teh second")
	post := bed.Slack.AwaitPost("general", "teh second")
	t.Run("16 an edit in Matrix", func(t *testing.T) {
		bed.Owner.MustEdit(general, second, "the second")
		edited := bed.Slack.AwaitEdit("general", post.TS, "the second")
		require.Equal(t, post.Username, edited.Username)
	})
	t.Run("17 a deletion in Matrix", func(*testing.T) {
		bed.Owner.MustRedact(general, second)
		bed.Slack.AwaitDeleted("general", post.TS)
	})
}

// TestEditOfRelayedPeople is the same for a person without a login.
func TestEditOfRelayedPeople(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	space := bed.Owner.AwaitRoom(testbed.TeamName)
	ann := bed.MustRegister("ann")
	bed.Owner.MustInvite(space, ann.UserID)
	ann.MustJoin(ann.AwaitInvite(testbed.TeamName).String())
	ann.MustJoin(general.String())

	message := ann.MustSend(general, "it is 4 pm")
	post := bed.Slack.AwaitPost("general", "it is 4 pm")
	t.Run("16 a relayed person edits", func(t *testing.T) {
		ann.MustEdit(general, message, "it is 5 pm")
		require.Equal(t, "ann", bed.Slack.AwaitEdit("general", post.TS, "it is 5 pm").Username)
	})
	t.Run("17 a relayed person deletes", func(*testing.T) {
		ann.MustRedact(general, message)
		bed.Slack.AwaitDeleted("general", post.TS)
	})
}

// TestEditThatLeavesNothing edits a message so that no text is left: it stays on both
// sides, and its author is told.
func TestEditThatLeavesNothing(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	message := bed.Owner.MustSend(general, "said")
	post := bed.Slack.AwaitPost("general", "said")
	bed.Owner.MustEdit(general, message, " ")
	bed.Owner.AwaitMessage(general, "the notice about the edit", func(m testbed.Message) bool {
		return strings.Contains(m.Body, "there is no text in it")
	})
	bed.Owner.MustSend(general, "!slackers are out")
	bed.Slack.AwaitPost("general", "!slackers are out")
	bed.Owner.MustEdit(general, message, "said after all")
	bed.Slack.AwaitEdit("general", post.TS, "said after all")
}

// TestEditOfLongText edits and deletes a long text: both cover every piece.
func TestEditOfLongText(t *testing.T) {
	t.Run("16 an edit of a long text covers every piece", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{})
		long := bed.Owner.MustSend(general, lines("a text of several pieces", 9000)+"END")
		last := bed.Slack.AwaitPostWith("general", "the last piece", endsWith("END"))
		require.Greater(t, len(bed.Slack.PostsOf("general", "owner")), 1)
		bed.Owner.MustEdit(general, long, "short")
		bed.Slack.AwaitPost("general", "short")
		bed.Slack.AwaitDeleted("general", last.TS)
		bed.Owner.MustRedact(general, long)
		for _, piece := range bed.Slack.PostsOf("general", "owner") {
			bed.Slack.AwaitDeleted("general", piece.TS)
		}
	})
}

// TestEditWhenAPieceIsGone has a workspace owner delete one piece of a long Matrix
// message: the message stays, and later edits and deletes cover the other pieces.
func TestEditWhenAPieceIsGone(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	long := bed.Owner.MustSend(general, lines("a text of several pieces", 9000)+"END")
	last := bed.Slack.AwaitPostWith("general", "the last piece", endsWith("END"))
	alice := bed.Slack.Person("alice")
	alice.MustDelete("general", last.TS)
	alice.MustPost("general", "I took the end away")
	bed.Owner.AwaitText(general, "I took the end away")
	for _, message := range bed.Owner.Messages(general) {
		require.False(t, message.ID == long && message.Body == "", "the message is whole in Matrix")
	}
	bed.Owner.MustEdit(general, long, "short")
	bed.Slack.AwaitPost("general", "short")
	bed.Owner.MustRedact(general, long)
	for _, piece := range bed.Slack.PostsOf("general", "owner") {
		bed.Slack.AwaitDeleted("general", piece.TS)
	}
}
