package e2e_test

import (
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestHealth asks a bridge over HTTP whether it goes on, whether messages cross, and for its
// metrics: while all is well, and while Slack refuses its sockets.
func TestHealth(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	bed.Slack.AwaitSocket()
	alice := bed.Slack.Person("alice")
	alice.MustPost("general", "hello")
	bed.Owner.AwaitText(general, "hello")
	bed.Owner.MustSend(general, "hello yourself")
	bed.Slack.AwaitPost("general", "hello yourself")
	is := func(path string, want int, says string) func() bool {
		return func() bool {
			code, body := bed.Bridge.MustGet(path)
			return code == want && strings.Contains(body, says)
		}
	}
	bed.Await("that the bridge is ready", is("/readyz", http.StatusOK, "ready"))
	require.True(t, is("/healthz", http.StatusOK, "ok")())
	t.Run("53 metrics", func(t *testing.T) {
		for _, line := range []string{
			"slack_bridge_ready 1", `slack_bridge_logins{state="connected"} 1`,
			`slack_bridge_slack_events_total{outcome="stored",type="message"} `,
			`slack_bridge_slack_calls_total{method="chat.postMessage",outcome="ok"} 1`,
			"slack_bridge_homeserver_delivers 1",
		} {
			bed.Await(line, is("/metrics", http.StatusOK, "\n"+line))
		}
		_, body := bed.Bridge.MustGet("/metrics")
		for _, hop := range []string{"slack_to_matrix", "matrix_to_slack", "slack_call", "homeserver_request"} {
			require.NotContains(t, body, `slack_bridge_hop_duration_seconds_count{hop="`+hop+`"} 0`)
		}
		for _, never := range []string{"general", "C0GENERAL1", "alice", "hello", general.String()} {
			require.NotContains(t, body, never)
		}
		promtool := exec.CommandContext(t.Context(), filepath.Join("..", "..", ".cache", "prometheus", "promtool"), "check", "metrics")
		promtool.Stdin = strings.NewReader(body)
		said, err := promtool.CombinedOutput()
		require.NoError(t, err, "%s (scripts/setup-prometheus.sh puts it there)", said)
		require.Empty(t, string(said))
	})
	t.Run("53 a page for people", func(t *testing.T) {
		bed.Await("the page", is("/", http.StatusOK, "All is well"))
		_, page := bed.Bridge.MustGet("/")
		require.Contains(t, page, `<th scope="row">#general</th>`)
		for _, never := range []string{"hello", "Alice", "alice", general.String(), "owner"} {
			require.NotContains(t, page, never)
		}
	})
	bed.Slack.MustRefuse(1000, "503")
	bed.Slack.MustCut()
	t.Run("53 not ready while Slack is away, and alive", func(t *testing.T) {
		bed.Await("that the bridge is not ready", is("/readyz", http.StatusServiceUnavailable, "Slack, "))
		require.True(t, is("/healthz", http.StatusOK, "ok")())
		bed.Await("the loss to be counted", is("/metrics", http.StatusOK, `slack_bridge_socket_losses_total{reason="cut"} 1`))
	})
}
