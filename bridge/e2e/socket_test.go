package e2e_test

import (
	"testing"

	"ops-jrz1/bridge/internal/testbed"
)

// TestSocket takes the connection away in each way that Slack does; the bridge logs
// it and reconnects, and messages cross again.
func TestSocket(t *testing.T) {
	// A minute, the time between two attempts after link_disabled, is 0.6 s here.
	bed, general := inGeneral(t, testbed.Options{TimeScale: 0.01})
	bed.Slack.AwaitSocket()
	for _, tc := range []struct {
		name string
		do   func()
		log  string
	}{
		{"Slack refreshes", func() { bed.Slack.MustDisconnect("refresh_requested") }, "refresh_requested"},
		{"Slack warns", func() { bed.Slack.MustDisconnect("warning") }, "warning"},
		{"the connection is cut", bed.Slack.MustCut, "The socket to Slack broke"},
		{"too many connections", func() { bed.Slack.MustDisconnect("too_many_websockets") }, "too_many_websockets"},
		{"Socket Mode is switched off and on", func() {
			bed.Slack.MustDisconnect("link_disabled")
			bed.Bridge.AwaitLog("link_disabled")
			bed.Slack.MustEnableSocketMode()
		}, "link_disabled"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			tc.do()
			bed.Bridge.AwaitLog(tc.log)
			bed.Slack.AwaitSocket()
			bed.Slack.Person("alice").MustPost("general", "after: "+tc.name)
			bed.Owner.AwaitText(general, "after: "+tc.name)
			bed.Owner.MustSend(general, "answer: "+tc.name)
			bed.Slack.AwaitPost("general", "answer: "+tc.name)
		})
	}
}
