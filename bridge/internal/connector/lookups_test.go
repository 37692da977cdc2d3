package connector

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestALookUpThatFailsKeepsTheRow has the database fail while a text is converted: the
// mention is not left out, and the row is tried again.
func TestALookUpThatFailsKeepsTheRow(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.client.conversations.put(slackevent.Conversation{ID: "C2", Name: "plans", IsChannel: true, IsMember: true})
	ended, end := context.WithCancel(t.Context())
	end()

	slack := &slackResolver{ctx: ended, client: w.client, channel: general}
	slack.Channel("C2")
	require.ErrorIs(t, slack.err, context.Canceled)
	for name, look := range map[string]func(*matrixResolver){
		"a room":   func(names *matrixResolver) { names.Channel("!elsewhere:test") },
		"an alias": func(names *matrixResolver) { names.Channel(w.slack.alias("plans").String()) },
		"a ghost":  func(names *matrixResolver) { names.User("@slack_t1-u9:test") },
	} {
		names := &matrixResolver{ctx: ended, client: w.client, room: w.room().MXID}
		look(names)
		require.ErrorIs(t, names.err, context.Canceled, name)
	}
	_, err := w.client.shownAs(ended, &slackevent.Message{BotID: "B9", Username: "hook"})
	require.ErrorIs(t, err, context.Canceled)
}

// TestAThreadThatCannotBeRead is an error and not a post to the channel.
func TestAThreadThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "root", TS: "1700000600.000001"}))
	root := w.rows("1700000600.000001")[0]
	_, err := w.bridge.DB.Exec(t.Context(), "UPDATE message SET id='nonsense' WHERE rowid=$1", root.RowID)
	require.NoError(t, err)
	require.NoError(t, w.receive(w.inThread("$m", "@ann:test", root.MXID, "an answer")))
	require.Empty(t, w.api.of("chat.postMessage"))
	require.Len(t, w.home.said(), 1)
	require.Contains(t, w.home.said()[0], "read which thread it is in")
}

// TestATimeThatCannotBeRead has a reaction with an invalid event_ts: its time of arrival
// counts, so that an older reaction that was removed does not hide it.
func TestATimeThatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "hi", TS: "1700000600.000001"}))
	react := func(id, kind, ts string) {
		require.NoError(t, w.hearEvent(id, kind, &slackevent.Reaction{
			Type: kind, User: "U1", Reaction: "tada", EventTS: ts,
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: "1700000600.000001"},
		}))
	}
	react("E2", "reaction_removed", "1700000600.000002")
	react("E3", "reaction_added", "soon")
	reactions, err := w.bridge.DB.Reaction.GetAllToMessage(t.Context(), "", w.rows("1700000600.000001")[0].ID)
	require.NoError(t, err)
	require.Len(t, reactions, 1)
}
