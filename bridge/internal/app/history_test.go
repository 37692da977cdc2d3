package app

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestSaidSince tells from a page whether what was sent after a time may be on earlier
// ones.
func TestSaidSince(t *testing.T) {
	const bot, ann = id.UserID("@bot:test"), id.UserID("@ann:test")
	ours := func(user id.UserID) bool { return user == bot }
	at := func(sender id.UserID, second int64) *event.Event {
		return &event.Event{Sender: sender, Timestamp: second * 1000}
	}
	require.True(t, saidSince(time.Unix(15, 0), []*event.Event{at(ann, 20), at(bot, 10)}, ours))
	require.False(t, saidSince(time.Unix(15, 0), []*event.Event{at(bot, 20), at(ann, 10)}, ours))
}
