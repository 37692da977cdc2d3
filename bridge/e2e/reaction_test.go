package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestReaction adds and removes reactions on each side.
func TestReaction(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	alice := bed.Slack.Person("alice")
	ts := alice.MustPost("general", "done")
	message := bed.Owner.AwaitText(general, "done").ID

	t.Run("13 from Slack", func(t *testing.T) {
		alice.MustReact("general", ts, "thumbsup")
		reaction := bed.Owner.AwaitReaction(general, message, "👍")
		require.Equal(t, alice.GhostID(), reaction.Sender)
		alice.MustUnreact("general", ts, "thumbsup")
		bed.Owner.AwaitRedacted(general, reaction.ID)
	})
	t.Run("14 from Matrix", func(*testing.T) {
		mine := bed.Owner.MustReact(general, message, "🎉")
		bed.Slack.AwaitReaction("general", ts, "tada")
		bed.Owner.MustRedact(general, mine)
		bed.Slack.AwaitNoReaction("general", ts, "tada")
	})
}

// TestReactionOfSeveralPeople has several people in Matrix share one Slack reaction:
// it is removed with the last of theirs.
func TestReactionOfSeveralPeople(t *testing.T) {
	t.Run("14 one reaction in Slack for everyone in Matrix", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{})
		space := bed.Owner.AwaitRoom(testbed.TeamName)
		ann := bed.MustRegister("ann")
		bed.Owner.MustInvite(space, ann.UserID)
		ann.MustJoin(ann.AwaitInvite(testbed.TeamName).String())
		ann.MustJoin(general.String())
		ts := bed.Slack.Person("alice").MustPost("general", "vote")
		message := bed.Owner.AwaitText(general, "vote").ID

		first := bed.Owner.MustReact(general, message, "👍")
		bed.Slack.AwaitReaction("general", ts, "+1")
		second := ann.MustReact(general, message, "👍")
		bed.Owner.MustRedact(general, first)
		// What follows in the same room is carried after the redaction.
		bed.Owner.MustSend(general, "one vote is left")
		bed.Slack.AwaitPost("general", "one vote is left")
		bed.Slack.AwaitReaction("general", ts, "+1")
		ann.MustRedact(general, second)
		bed.Slack.AwaitNoReaction("general", ts, "+1")
	})
}

// TestWhoReacted has a note in Slack say who in Matrix has reacted. It is no message in Matrix.
func TestWhoReacted(t *testing.T) {
	t.Run("14 a note says who reacted, and goes with the last reaction", func(t *testing.T) {
		bed, general := inGeneral(t, testbed.Options{Settings: map[string]any{"network.reactors": "thread"}})
		alice := bed.Slack.Person("alice")
		ts := alice.MustPost("general", "vote")
		message := bed.Owner.AwaitText(general, "vote").ID
		first := bed.Owner.MustReact(general, message, "👍")
		note := bed.Slack.AwaitReply("general", ts, "Reactions from Matrix: :+1: owner")
		second := bed.Owner.MustReact(general, message, "🎉")
		bed.Slack.AwaitEdit("general", note.TS, "Reactions from Matrix: :+1: owner · :tada: owner")
		bed.Owner.MustRedact(general, first)
		bed.Owner.MustRedact(general, second)
		bed.Slack.AwaitDeleted("general", note.TS)
		alice.MustPost("general", "counted")
		bed.Owner.AwaitText(general, "counted")
		for _, said := range bed.Owner.Messages(general) {
			require.NotContains(t, said.Body, "Reactions from Matrix")
		}
	})
}
