package connector

import (
	"cmp"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestAnEditOfUnknownOrder has an event tell an edit that was made within the second of the one that
// a reading has just shown.
func TestAnEditOfUnknownOrder(t *testing.T) {
	now := time.Now()
	second := now.Truncate(time.Second)
	said := slackTS(now.Add(-time.Minute))
	state := func(text string, edited time.Time) *slackevent.Message {
		return &slackevent.Message{Type: "message", User: "U1", Text: text, TS: said, Edited: &slackevent.Edited{User: "U1", TS: slackTS(edited)}}
	}
	answered := func(messages ...*slackevent.Message) answer { return answer{"messages": messages} }
	for name, tc := range map[string]struct {
		shows answer // what Slack answers when it is asked
		told  time.Duration
		scale float64
		want  []string
		again bool // it is asked again later
	}{
		"it is older":          {shows: answered(state("read", second)), told: -900 * time.Millisecond, want: []string{"read"}},
		"it is newer":          {shows: answered(state("told", second)), want: []string{"read", "told"}},
		"there is a newer one": {shows: answered(state("newest", second.Add(time.Second))), told: -900 * time.Millisecond, want: []string{"read", "newest"}},
		"another within the second": {
			shows: answered(state("newest", second)), told: -900 * time.Millisecond, want: []string{"read", "newest"},
		},
		"Slack shows nothing":     {shows: answered(), want: []string{"read", "told"}},
		"Slack shows only a mark": {shows: answered(&slackevent.Message{Type: "message", TS: said, Subtype: slackevent.SubtypeTombstone}), want: []string{"read", "told"}},
		"Slack refuses":           {shows: answer{"ok": false, "error": "thread_not_found"}, want: []string{"read", "told"}},
		"Slack cannot be asked":   {shows: answer{"ok": false, "error": "internal_error"}, want: []string{"read"}, again: true},
		"Slack may be late": {
			shows: answered(state("read", second)), told: 900 * time.Millisecond, scale: 1, want: []string{"read"}, again: true,
		},
		"it is certainly the last": {shows: answered(state("read", second)), told: 5 * time.Second, want: []string{"read", "told"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(network *settings.Network) { network.SlackTimeScale = cmp.Or(tc.scale, network.SlackTimeScale) })
			w.room()
			var read time.Time
			w.api.onCall(func(c call) answer {
				switch c.method {
				case "conversations.history":
					read = w.client.slackNow()
					return answered(state("read", second))
				case "conversations.replies":
					return tc.shows
				}
				return nil
			})
			row, err := w.client.catchupRow(kindCatchup, span{Channel: general, Since: now.Add(-5 * time.Minute)})
			require.NoError(t, err)
			require.NoError(t, w.handle(row, w.slack.HandleSlack))
			err = w.hear("Ev", slackevent.Message{Subtype: slackevent.SubtypeChanged, TS: slackTS(read.Add(tc.told)), Message: state("told", second)})
			if tc.again {
				_, later := inbox.LaterFrom(err)
				_, passes := transient(err)
				require.True(t, later || passes, "%v", err)
			} else {
				require.NoError(t, err)
			}
			require.Equal(t, tc.want, w.home.bodies())
		})
	}
}
