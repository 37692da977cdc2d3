package connector

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestLongAbsence has the bridge away for twenty days, and as many messages said
// meanwhile as three pages hold: the oldest of them is read too. What was said before
// the absence is not new.
func TestLongAbsence(t *testing.T) {
	w := newWorld(t)
	w.room()
	now := time.Now()
	since := now.Add(-20 * 24 * time.Hour)
	ago := func(d time.Duration) string { return slackTS(now.Add(-d)) }
	pages := [][]answer{{}, {}, {
		{"type": "message", "user": "U1", "text": "the first that was missed", "ts": slackTS(since.Add(time.Minute))},
		{"type": "message", "user": "U1", "text": "from before", "ts": slackTS(since.Add(-time.Hour))},
	}}
	for n := range 2 * historyLimit {
		page := n / historyLimit
		pages[page] = append(pages[page], answer{"type": "message", "hidden": true, "user": "U1", "text": "x", "ts": ago(time.Duration(n+1) * time.Second)})
	}
	w.api.onCall(func(c call) answer {
		if c.method != "conversations.history" || c.form.Get("limit") == "1" {
			return nil
		}
		page := 0
		if cursor := c.form.Get("cursor"); cursor != "" {
			_, err := fmt.Sscan(cursor, &page)
			require.NoError(t, err)
		}
		var messages []answer
		for _, message := range pages[page] {
			if !before(message["ts"].(string), c.form.Get("oldest")) {
				messages = append(messages, message)
			}
		}
		if page == len(pages)-1 {
			return answer{"messages": messages}
		}
		return answer{"messages": messages, "has_more": true, "response_metadata": answer{"next_cursor": fmt.Sprint(page + 1)}}
	})
	payload, err := json.Marshal(span{Channel: general, Since: since})
	require.NoError(t, err)
	require.NoError(t, w.handle(inbox.Row{
		Source: Source(w.client.login.ID), Key: "absence", Lane: w.client.lane(general), Kind: kindCatchup, Payload: payload,
	}, w.slack.HandleSlack))
	require.Equal(t, []string{"the first that was missed"}, w.home.bodies())
}
