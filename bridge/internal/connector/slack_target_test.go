package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestEventsAboutOldMessages: a reaction to a message from before the room, and an edit of
// one, change nothing and are counted.
func TestEventsAboutOldMessages(t *testing.T) {
	now := time.Now()
	old, said, told := slackTS(now.Add(-48*time.Hour)), slackTS(now.Add(-time.Hour)), slackTS(now)
	w := newWorld(t)
	w.room()
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.replies" {
			return answer{"messages": []answer{{"type": "message", "user": "U1", "ts": old, "text": "long ago"}}}
		}
		return nil
	})
	react := func(key, ts string) {
		require.NoError(t, w.hearEvent(key, "reaction_added", &slackevent.Reaction{
			Type: "reaction_added", User: "U1", Reaction: "tada", EventTS: told,
			Item: slackevent.ReactionItem{Type: slackevent.ItemMessage, Channel: general, TS: ts},
		}))
	}
	require.NoError(t, w.hear("said", slackevent.Message{User: "U1", Text: "said", TS: said}))
	react("Ev1", said)
	require.Empty(t, w.slack.Counts().Targetless)

	react("Ev2", old)
	require.NoError(t, w.hear("Ev3", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, TS: told,
		Message: &slackevent.Message{User: "U1", Text: "long ago, edited", TS: old},
	}))
	require.Equal(t, map[Targeting]int64{ReactionOf: 1, EditOf: 1}, w.slack.Counts().Targetless)
	require.Equal(t, []string{"said"}, w.home.bodies())
}
