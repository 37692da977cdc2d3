package connector

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAliasInALargeWorkspace has a user join a channel that is on the second of many
// pages.
func TestAliasInALargeWorkspace(t *testing.T) {
	w := newWorld(t)
	w.api.onCall(func(c call) answer {
		page := len(w.api.of("conversations.list"))
		switch {
		case c.method != "conversations.list":
			return nil
		case page == 2:
			return answer{
				"channels":          []answer{{"id": "C900", "name": "far-away", "is_channel": true}},
				"response_metadata": answer{"next_cursor": "more"},
			}
		}
		return answer{
			"channels":          []answer{{"id": fmt.Sprintf("C8%d", page), "name": fmt.Sprintf("c%d", page), "is_channel": true}},
			"response_metadata": answer{"next_cursor": fmt.Sprint(page)},
		}
	})
	w.session()
	require.True(t, w.slack.QueryAlias("#slack_far-away:test"))
	require.Len(t, w.api.of("conversations.list"), 2, "what is found is not looked for further")
	require.Empty(t, w.api.of("conversations.join"), "a look at an alias changes nothing in Slack")
	require.False(t, w.slack.QueryAlias("#slack_far-away:elsewhere"), "another server's")
	require.Len(t, w.api.of("conversations.list"), 2)
}
