package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestAConversationWithoutARoomIsReadToo has a person write to the bot for the first time
// while the bridge is down. Earlier messages stay out.
func TestAConversationWithoutARoomIsReadToo(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.session()
	now := time.Now()
	renamed := "general"
	w.api.onCall(func(c call) answer {
		switch {
		case c.method == "users.conversations":
			return answer{"channels": []answer{
				{"id": general, "name": renamed, "is_channel": true}, {"id": "D1", "is_im": true, "user": "U1"},
			}}
		case c.method == "conversations.history" && c.form.Get("channel") == "D1":
			return answer{"messages": []answer{
				{"type": "message", "user": "U1", "text": "is there a bot?", "ts": slackTS(now.Add(-time.Minute))},
				{"type": "message", "user": "U1", "text": "long ago", "ts": slackTS(now.Add(-time.Hour))},
			}}
		}
		return nil
	})
	ctx := w.log.WithContext(t.Context())
	require.NoError(t, w.client.catchUp(ctx, now.Add(-5*time.Minute)))
	w.settled()
	require.Equal(t, []string{"is there a bot?"}, w.home.bodies())
	require.Len(t, w.api.of("conversations.history"), 2, "each is read once")

	renamed = "all-hands"
	require.NoError(t, w.client.catchUp(ctx, now))
	w.settled()
	require.Equal(t, []string{"is there a bot?"}, w.home.bodies())
	require.Equal(t, "#all-hands", w.room().Name)
}
