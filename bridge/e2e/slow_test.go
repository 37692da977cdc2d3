package e2e_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/testbed"
)

// quick is what a message may take while another room stands still; alone it
// takes about a tenth of a second.
const quick = 3 * time.Second

// TestSlowRoom has the homeserver answer nothing for one room: other rooms go on
// at their pace, Slack gets its acks in time, and in the end nothing is missing.
func TestSlowRoom(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	secret := bed.Owner.AwaitRoom("#secret")
	alice := bed.Slack.Person("alice")
	held := bed.Proxy.Hold(func(r *http.Request) bool {
		return r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/rooms/"+secret.String()+"/send/")
	})
	for _, text := range []string{"held 1", "held 2", "held 3"} {
		alice.MustPost("secret", text)
	}
	bed.Await("the slow room's message at the homeserver", func() bool { return held.Hits() > 0 })

	begin := time.Now()
	alice.MustPost("general", "not held")
	bed.Owner.AwaitText(general, "not held")
	require.Less(t, time.Since(begin), quick, "Slack → Matrix beside a slow room")
	begin = time.Now()
	bed.Owner.MustSend(general, "nor this")
	bed.Slack.AwaitPost("general", "nor this")
	require.Less(t, time.Since(begin), quick, "Matrix → Slack beside a slow room")
	for _, m := range bed.Owner.Messages(secret) {
		require.NotContains(t, m.Body, "held", "the slow room was not slow")
	}
	wantAcks(t, bed, 4)

	held.Release()
	for _, text := range []string{"held 1", "held 2", "held 3"} {
		bed.Owner.AwaitText(secret, text)
	}
}

// TestSlowChannel has Slack limit the rate of one channel: messages to other
// channels go on at their pace.
func TestSlowChannel(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	secret := bed.Owner.AwaitRoom("#secret")
	bed.Slack.MustFailCalls(web.Fault{
		Method: "chat.postMessage", Channel: "C0SECRET01", Times: -1, Status: http.StatusTooManyRequests, RetryAfter: 20,
	})
	bed.Owner.MustSend(secret, "limited")
	bed.Slack.AwaitCall("chat.postMessage", "C0SECRET01")

	begin := time.Now()
	bed.Owner.MustSend(general, "not limited")
	bed.Slack.AwaitPost("general", "not limited")
	require.Less(t, time.Since(begin), quick, "Matrix → Slack beside a limited channel")
	begin = time.Now()
	bed.Slack.Person("alice").MustPost("general", "nor this")
	bed.Owner.AwaitText(general, "nor this")
	require.Less(t, time.Since(begin), quick, "Slack → Matrix beside a limited channel")
	bed.Slack.Person("alice").MustPost("secret", "the other way")
	require.Empty(t, bed.Slack.PostsOf("secret", "owner"), "the limited channel was not limited")

	bed.Slack.MustClearFaults()
	bed.Slack.AwaitPost("secret", "limited")
	bed.Owner.AwaitText(secret, "the other way")
	wantAcks(t, bed, 2)
}

// wantAcks wants that many messages to have been acked at their first delivery,
// within the three seconds that Slack gives.
func wantAcks(t *testing.T, bed *testbed.Bed, messages int) {
	t.Helper()
	deliveries, err := bed.Slack.Control.Deliveries(t.Context(), "message")
	require.NoError(t, err)
	acked := 0
	for _, d := range deliveries {
		if d.Outcome != "acked" {
			continue
		}
		acked++
		require.Len(t, d.Attempts, 1, "it was delivered again: %+v", d)
		require.NotNil(t, d.Attempts[0].LatencyMS)
		require.Less(t, *d.Attempts[0].LatencyMS, 3000.0)
	}
	require.GreaterOrEqual(t, acked, messages)
}
