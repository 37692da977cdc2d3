package connector

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

// delivered is an envelope with a message.
func delivered(eventID, ts, text string) slackevent.Envelope {
	payload := fmt.Sprintf(`{"type":"event_callback","team_id":"T1","event_id":%q,"event":{"type":"message","channel":"C1","channel_type":"channel","user":"U1","ts":%q,"text":%q}}`,
		eventID, ts, text)
	return slackevent.Envelope{ID: "envelope of " + text, Type: slackevent.TypeEventsAPI, Payload: json.RawMessage(payload)}
}

// TestTake has events come once, twice, and without an id of their own.
func TestTake(t *testing.T) {
	w := newWorld(t)
	w.room()
	ctx := zerolog.Nop().WithContext(t.Context())
	s := &session{client: w.client, lanes: newLanes(ctx, fromSlackPolicy)}
	for _, envelope := range []slackevent.Envelope{
		delivered("Ev1", "1700000001.000100", "one"),
		delivered("Ev1", "1700000001.000100", "one"),
		delivered("", "1700000002.000100", "two"),
		delivered("", "1700000003.000100", "three"),
		delivered("", "1700000003.000100", "three"),
	} {
		require.NoError(t, s.take(ctx, envelope))
	}
	require.Eventually(t, func() bool { return s.lanes.Waiting() == 0 }, 10*time.Second, time.Millisecond)
	s.lanes.Stop()
	require.Equal(t, []string{"one", "two", "three"}, w.home.bodies())
	pending, err := w.slack.journal.Pending(ctx, s.source())
	require.NoError(t, err)
	require.Empty(t, pending)
}
