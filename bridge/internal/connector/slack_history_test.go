package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestManyChangesAtOnce: of a conversation whose history was changed in bulk, what is gone in
// Slack goes in Matrix too.
func TestManyChangesAtOnce(t *testing.T) {
	w := newWorld(t)
	w.session()
	stays, ts := slackTS(w.client.slackNow().Add(-2*time.Hour)), slackTS(w.client.slackNow().Add(-time.Hour))
	require.NoError(t, w.hear("E0", slackevent.Message{User: "U1", Text: "stays", TS: stays}))
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "soon gone", TS: ts}))
	require.Len(t, w.rows(ts), 1)
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.history" {
			return answer{"messages": []answer{{"type": "message", "user": "U1", "text": "stays", "ts": stays}}}
		}
		return nil
	})
	event := &slackevent.HistoryChanged{Type: "channel_history_changed", Channel: general, Latest: ts, EventTS: slackTS(w.client.slackNow())}
	require.NoError(t, w.hearEvent("E2", event.Type, event))
	w.settled()
	require.NotEmpty(t, w.api.of("conversations.history"))
	require.Empty(t, w.rows(ts))
	require.Len(t, w.rows(stays), 1)
}
