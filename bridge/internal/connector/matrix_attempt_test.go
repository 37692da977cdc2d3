package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
)

// TestPostedSince: what was read from a room and said before a backup was put back is looked
// for in Slack, from when it was said on. What came since is not.
func TestPostedSince(t *testing.T) {
	restored := time.UnixMilli(1_000_000_000_000)
	arrived := restored.Add(time.Hour)
	require.Equal(t, restored, restoredAt(restored.UTC().Format(time.RFC3339)).Local())
	require.Zero(t, restoredAt(""))
	for name, tc := range map[string]struct {
		row      inbox.Attempt
		said     time.Duration // after the restore
		restored time.Time
		want     time.Time
	}{
		"said before":                      {inbox.Attempt{Row: inbox.Row{Kind: matrixevent.KindRecovered}}, -time.Hour, restored, restored.Add(-time.Hour)},
		"said before by a clock ahead":     {inbox.Attempt{Row: inbox.Row{Kind: matrixevent.KindRecovered}}, time.Second, restored, restored.Add(time.Second)},
		"said since":                       {inbox.Attempt{Row: inbox.Row{Kind: matrixevent.KindRecovered}}, time.Hour, restored, time.Time{}},
		"nothing was put back":             {inbox.Attempt{Row: inbox.Row{Kind: matrixevent.KindRecovered}}, -time.Hour, time.Time{}, time.Time{}},
		"delivered":                        {inbox.Attempt{}, -time.Hour, restored, time.Time{}},
		"delivered, an attempt is unknown": {inbox.Attempt{Row: inbox.Row{Arrived: arrived}, Unsure: true}, time.Hour, restored, arrived},
	} {
		t.Run(name, func(t *testing.T) {
			evt := &event.Event{Timestamp: restored.Add(tc.said).UnixMilli()}
			require.True(t, tc.want.Equal(postedSince(&tc.row, evt, tc.restored)))
		})
	}
}
