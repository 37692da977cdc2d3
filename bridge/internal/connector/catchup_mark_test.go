package connector

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestMarkIsOnSlacksClock has this machine's clock two hours ahead: messages from before it
// is corrected are not treated as old.
func TestMarkIsOnSlacksClock(t *testing.T) {
	w := newWorld(t)
	w.room()
	const ahead = 2 * time.Hour
	w.api.mu.Lock()
	w.api.behind = ahead
	w.api.mu.Unlock()
	_, err := w.client.api.User(t.Context(), "U1")
	require.NoError(t, err)
	mark := func() time.Time {
		mark, err := w.slack.db.Mark(t.Context(), w.client.login.ID)
		require.NoError(t, err)
		return mark
	}
	s := &session{client: w.client}

	require.NoError(t, s.missed(t.Context(), time.Time{}, time.Now()))
	require.WithinDuration(t, time.Now().Add(-ahead), mark(), 10*time.Second)
	require.NoError(t, s.missed(t.Context(), time.Now().Add(-time.Minute), time.Now()))
	require.WithinDuration(t, time.Now().Add(-ahead), mark(), 10*time.Second)

	rows, err := w.slack.inbox.List(t.Context())
	require.NoError(t, err)
	require.Len(t, rows, 2, "and a survey")
	var channel string
	var since int64
	_, err = fmt.Sscanf(rows[0].Key, "catchup %s %d", &channel, &since)
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(-ahead-time.Minute), time.UnixMilli(since), 10*time.Second)
}

// TestAReadingBeforeSlackHasAnswered has this machine's clock two hours ahead and nothing
// known of Slack's when a reading goes on after a restart: an edit that follows is newer
// than what was read.
func TestAReadingBeforeSlackHasAnswered(t *testing.T) {
	w := newWorld(t)
	w.room()
	const ahead = 2 * time.Hour
	w.api.mu.Lock()
	w.api.behind = ahead
	w.api.mu.Unlock()
	now := time.Now().Add(-ahead)
	said, once, twice := slackTS(now.Add(-3*time.Minute)), slackTS(now.Add(-2*time.Minute)), slackTS(now.Add(time.Minute))
	edited := func(text, ts string) answer {
		return answer{"type": "message", "user": "U1", "text": text, "ts": said, "edited": answer{"user": "U1", "ts": ts}}
	}
	w.api.onCall(func(c call) answer {
		switch c.method {
		case "auth.test":
			return answer{"team_id": teamID, "user_id": botID, "bot_id": "B" + botID, "app_id": "A" + botID}
		case "conversations.history":
			return answer{"messages": []answer{edited("edited once", once)}}
		}
		return nil
	})
	require.NoError(t, w.hear("said", slackevent.Message{User: "U1", Text: "said", TS: said}))
	w.client.api = w.slack.newAPI(settings.Tokens{Bot: secret.New(botToken), App: secret.New(appToken)}, nil) // as after a restart
	row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-time.Hour)})
	require.NoError(t, err)
	require.NoError(t, w.handle(row, w.slack.HandleSlack))
	require.NoError(t, w.hear("edited", slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Hidden: true, TS: twice, EventTS: twice,
		Message: &slackevent.Message{User: "U1", TS: said, Text: "edited twice", Edited: &slackevent.Edited{User: "U1", TS: twice}},
	}))
	require.Equal(t, []string{"said", "edited once", "edited twice"}, w.home.bodies())
}
