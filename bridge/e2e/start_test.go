package e2e_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
	"ops-jrz1/bridge/internal/testbed/proxy"
)

// TestStartFails starts the bridge where it cannot work. It waits for what may still
// come, says so once, and exits with the code of docs/reference/exit-codes.md and a
// last line with the problem, the place and the cure. Mistakes that show without
// servers are in bridge/cmd/slack-bridge/testdata/script.
func TestStartFails(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		options.Stopped, options.Proxied = true, true
		options.Settings = map[string]any{"homeserver.startup_wait": "3s"}
		startFails(t, testbed.Start(t, options))
	})
}

func startFails(t *testing.T, bed *testbed.Bed) {
	for _, tc := range []struct {
		name     string
		settings map[string]any
		fault    func() *proxy.Fault
		waits    int
		code     int
		last     []string
	}{
		{
			name:     "nothing listens at the homeserver's address",
			settings: map[string]any{"homeserver.address": unusedAddress(t)},
			waits:    1, code: 69, last: []string{"bridge → homeserver", "does not answer", "connection refused", "homeserver.address"},
		},
		{
			name:  "the homeserver answers with errors",
			fault: func() *proxy.Fault { return bed.ToHomeserver.Fail(always, http.StatusBadGateway) },
			waits: 1, code: 69, last: []string{"bridge → homeserver", "does not answer", "502"},
		},
		{
			name:  "the homeserver takes requests and does not answer",
			fault: func() *proxy.Fault { return bed.ToHomeserver.Hold(always) },
			waits: 1, code: 69, last: []string{"bridge → homeserver", "does not answer"},
		},
		{
			name:     "the registration has another id",
			settings: map[string]any{"appservice.id": "other"},
			waits:    1, code: 78, last: []string{"appservice.id", "slack-bridge registration"},
		},
		{
			name:     "the homeserver does not know the as_token",
			settings: map[string]any{"appservice.as_token": "another-as-token-0123456789"},
			waits:    1, code: 77, last: []string{"does not accept the as_token", "slack-bridge registration"},
		},
		{
			name:     "the homeserver has another hs_token",
			settings: map[string]any{"appservice.hs_token": "another-hs-token-0123456789"},
			waits:    1, code: 77, last: []string{"homeserver → bridge", "hs_token", "slack-bridge registration"},
		},
		{
			name:     "the homeserver has the registration of another bot",
			settings: map[string]any{"appservice.bot.username": "otherbot"},
			waits:    1, code: 78, last: []string{"appservice.bot.username", "slack-bridge registration"},
		},
		{
			name:  "the homeserver cannot reach the bridge",
			fault: func() *proxy.Fault { return bed.ToBridge.Fail(always, http.StatusBadGateway) },
			waits: 1, code: 69, last: []string{"homeserver → bridge", "appservice.address", "502"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			defer bed.Bridge.MustTry(tc.settings)()
			if tc.fault != nil {
				defer tc.fault().Release()
			}
			bed.Bridge.MustLaunch()
			require.Equal(t, tc.code, bed.Bridge.AwaitExit())
			lines := strings.Split(strings.TrimSpace(bed.Bridge.Log()), "\n")
			for _, text := range tc.last {
				require.Contains(t, lines[len(lines)-1], text)
			}
			require.Equal(t, tc.waits, strings.Count(bed.Bridge.Log(), "Waiting for the homeserver"))
		})
	}
}

// TestStartWaitsForTheHomeserver starts everything at once, as after a boot.
func TestStartWaitsForTheHomeserver(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true, Proxied: true})
	away := bed.ToHomeserver.Fail(always, http.StatusServiceUnavailable)
	bed.Bridge.MustLaunch()
	bed.Bridge.AwaitLog("Waiting for the homeserver")
	away.Release()
	general := bed.Owner.AwaitRoom("#general")
	bed.Slack.Person("alice").MustPost("general", "at last")
	bed.Owner.AwaitText(general, "at last")
}

// TestStartIsStopped stops the bridge while it waits: that is not a failure.
func TestStartIsStopped(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true, Proxied: true})
	for name, hop := range map[string]*proxy.Proxy{"for the homeserver": bed.ToHomeserver, "for Slack": bed.ToSlack} {
		t.Run(name, func(t *testing.T) {
			held := hop.Hold(always)
			defer held.Release()
			bed.Bridge.MustLaunch()
			bed.AwaitHit(held)
			bed.Bridge.MustStop()
		})
	}
}

// TestStartWithoutSlack starts while Slack does not answer: the bridge is up, says so and
// logs in as soon as Slack answers; after the next start, too.
func TestStartWithoutSlack(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Stopped: true, Proxied: true})
	away := bed.ToSlack.Fail(always, http.StatusServiceUnavailable)
	bed.Bridge.MustStart()
	bed.Bridge.AwaitLog("Slack does not say whose tokens a declared login's are yet")
	away.Release()
	general := bed.Owner.AwaitRoom("#general")
	bed.Slack.AwaitSocket()
	bed.Slack.Person("alice").MustPost("general", "welcome")
	bed.Owner.AwaitText(general, "welcome")

	bed.Bridge.MustStop()
	away = bed.ToSlack.Fail(always, http.StatusServiceUnavailable)
	bed.Bridge.MustStart()
	bed.Owner.MustSend(general, "are you there?")
	bed.Slack.Person("alice").MustPost("general", "can you hear me?")
	bed.AwaitHit(away)
	away.Release()
	bed.Slack.AwaitPost("general", "are you there?")
	bed.Owner.AwaitText(general, "can you hear me?")
}

// always matches every request.
func always(*http.Request) bool { return true }

// unusedAddress returns an address at which nothing listens.
func unusedAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	return "http://" + listener.Addr().String()
}
