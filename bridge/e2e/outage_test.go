package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestOutage takes one side away completely while both sides talk: Slack still gets its
// acks in time and the homeserver its answers, and when the side is back everything
// arrives once and in order.
func TestOutage(t *testing.T) {
	for name, away := range map[string]func(*testbed.Bed) (back func()){
		"the homeserver": func(bed *testbed.Bed) func() {
			return bed.ToHomeserver.Fail(always, http.StatusServiceUnavailable).Release
		},
		"the homeserver, silently":  func(bed *testbed.Bed) func() { return bed.ToHomeserver.Hold(always).Release },
		"Slack's Web API":           func(bed *testbed.Bed) func() { return bed.ToSlack.Fail(always, http.StatusServiceUnavailable).Release },
		"Slack's Web API, silently": func(bed *testbed.Bed) func() { return bed.ToSlack.Hold(always).Release },
	} {
		t.Run(name, func(t *testing.T) {
			onManners(t, func(t *testing.T, options testbed.Options) {
				options.Proxied = true
				bed, general := inGeneral(t, options)
				bed.Slack.AwaitSocket()
				bed.Slack.Person("alice").MustPost("general", "before")
				bed.Owner.AwaitText(general, "before")
				transactions := bed.ToBridge.Watch(testbed.Delivers)

				back := away(bed)
				talk := newTalk(bed, general, 10)
				bed.Together(talk.inSlack, talk.inMatrix)
				require.Less(t, bed.Slack.AwaitAcked(), atOnce)
				bed.Await("the transactions", func() bool { return len(transactions.Took()) > 0 })
				for _, took := range transactions.Took() {
					require.Less(t, took, atOnce)
				}
				back()
				seen, posted := talk.outcome(t)
				require.Equal(t, append([]string{"before"}, talk.slack...), seen)
				require.Equal(t, talk.matrix, posted)
			})
		})
	}
}
