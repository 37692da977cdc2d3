package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestSelfTest has the bridge post in a channel and hear of its post, which Slack may tell of
// before it answers the call. Whatever comes of it, the post is deleted.
func TestSelfTest(t *testing.T) {
	const tests, ts = "C9", "1700000500.000001"
	for name, tc := range map[string]struct {
		setting string
		fault   map[string]string // by the method, Slack's error
		lost    bool
		want    operator.SelfTest
		deleted int
	}{
		"all is well":          {setting: "#tests", want: operator.SelfTest{Posted: true, Echoed: true, Deleted: true}, deleted: 1},
		"the post is lost":     {setting: tests, lost: true, want: operator.SelfTest{Posted: true, Deleted: true}, deleted: 1},
		"it cannot be deleted": {setting: tests, fault: map[string]string{"chat.delete": "cant_delete_message"}, want: operator.SelfTest{Posted: true, Echoed: true, Problem: "cant_delete_message"}, deleted: 1},
		"it cannot be posted":  {setting: tests, fault: map[string]string{"chat.postMessage": "is_archived"}, want: operator.SelfTest{Problem: "is_archived"}},
		"the bot is elsewhere": {setting: "plans", want: operator.SelfTest{Problem: "the bot is not in plans"}},
		"it is not set":        {want: operator.SelfTest{Problem: "network.selftest_channel is not set"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(network *settings.Network) { network.SelftestChannel = tc.setting })
			w.api.onCall(func(c call) answer {
				if code := tc.fault[c.method]; code != "" {
					return answer{"ok": false, "error": code}
				}
				switch c.method {
				case "users.conversations":
					return answer{"channels": []answer{{"id": tests, "name": "tests", "is_channel": true}}}
				case "chat.postMessage":
					for _, said := range []string{"1700000400.000001", ts} {
						if !tc.lost || said != ts {
							require.True(t, w.client.isEcho(&slackevent.Message{
								Channel: tests, TS: said, User: botID, Metadata: &slackevent.Metadata{EventType: metadataType},
							}))
						}
					}
					return answer{"ts": ts}
				}
				return nil
			})
			done := w.slack.SelfTest(t.Context(), 50*time.Millisecond)
			require.Contains(t, done.Problem, tc.want.Problem)
			done.Problem, tc.want.Problem, done.TookMS = "", "", 0
			require.Equal(t, tc.want, done)
			require.Len(t, w.api.of("chat.delete"), tc.deleted)
			require.NotNil(t, w.slack.selfTests.begin(tests), "it has ended")
			require.Nil(t, w.slack.selfTests.begin(tests), "one at a time")
		})
	}
}
