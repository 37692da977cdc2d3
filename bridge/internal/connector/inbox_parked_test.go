package connector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// TestParkedEventsAreTold: the owner of the room's login is told once of each event that is
// parked, whether a transaction brought it or it was read from its room.
func TestParkedEventsAreTold(t *testing.T) {
	for _, kind := range []string{matrixevent.KindEvent, matrixevent.KindRecovered} {
		t.Run("43 "+kind, func(t *testing.T) {
			w := newWorld(t)
			w.room().Relay = w.client.login
			evt := w.write("$said", "@ann:test", "hello")
			raw, err := json.Marshal(evt)
			require.NoError(t, err)
			err = w.handle(inbox.Row{
				Source: matrixevent.Source, Key: "$said", Lane: evt.RoomID.String(), Kind: kind, Payload: raw,
				Progress: []byte("no JSON"),
			}, w.slack.HandleMatrix)
			require.True(t, inbox.IsPark(err), err)
			told := w.awaitParkedNotice()
			rows, err := w.slack.inbox.List(t.Context())
			require.NoError(t, err)
			require.Len(t, rows, 1)
			require.Contains(t, told, "The bridge could not carry over something that was said in Matrix, in #general: ")
			require.Contains(t, told, fmt.Sprintf("`!slack inbox retry %d` tries it again", rows[0].ID))
		})
	}
}

// awaitParkedNotice waits until owners were told of one parked row, and returns what was said.
func (w *world) awaitParkedNotice() string {
	w.Helper()
	var told []string
	require.Eventually(w, func() bool {
		told = slices.DeleteFunc(w.home.bodies(), func(body string) bool { return !strings.Contains(body, "`!slack inbox retry ") })
		return len(told) > 0
	}, 30*time.Second, time.Millisecond)
	require.Len(w, told, 1)
	return told[0]
}
