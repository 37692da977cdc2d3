package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
)

// TestHowFarTheHistoryIs asks an inbox whose one lane waits for the history of its room.
func TestHowFarTheHistoryIs(t *testing.T) {
	w := worldWithPast(t, past{messages: []answer{pastMessage(1, nil), pastMessage(2, nil), pastMessage(3, nil)}})
	w.fillUntil("message 3")
	const line = "the new room gets what was said before: 2 of 3 messages are in it"
	rows, err := w.slack.Desk().List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 1)
	require.Equal(t, line, rows[0].Waits)
	view := inboxView{c: w.slack, user: w.client.login.User, desk: w.slack.Desk(), prefix: "!slack", now: time.Now()}
	answer, err := view.do(t.Context(), []string{"list"})
	require.NoError(t, err)
	require.Equal(t, "0 parked, 1 waiting for their turn.\n\n* #general: "+line+"\n", answer)
	filling, err := w.slack.Filling(t.Context())
	require.NoError(t, err)
	require.Equal(t, operator.FillingStatus{Rooms: 1, Found: 3, Sent: 2}, filling)

	w.home.mu.Lock()
	w.home.refuse = nil
	w.home.mu.Unlock()
	w.settled()
	filling, err = w.slack.Filling(t.Context())
	require.NoError(t, err)
	require.Zero(t, filling)
}
