package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
	"ops-jrz1/bridge/internal/testbed/ports"
)

// TestAlerts: an alert reaches its person in Matrix while the bridge is down, and the bridge
// does not take the room for one of its own.
func TestAlerts(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{})
	bed.Bridge.MustStop()
	port, err := ports.Reserve()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, port.Release()) })
	address := fmt.Sprintf("127.0.0.1:%d", port.Port)
	bed.Bridge.MustServe("alerts", "--to", bed.Owner.UserID.String(), "--listen", address)
	const hook = `{"version":"4","alerts":[{"status":"firing","labels":{"alertname":"BridgeDown"},"annotations":{"summary":"The bridge does not answer."}}]}`
	bed.Await("the receiver", func() bool {
		answer, err := http.Post("http://"+address+"/", "application/json", strings.NewReader(hook))
		if err != nil {
			return false
		}
		require.NoError(t, answer.Body.Close())
		return answer.StatusCode == http.StatusOK
	})
	room := bed.Owner.AwaitRoom("Alerts")
	bed.Owner.AwaitText(room, "🔥 BridgeDown: The bridge does not answer.")

	bed.Bridge.MustStart()
	bed.Owner.MustSend(room, "I am on it")
	bed.Owner.MustSend(general, "hello")
	bed.Slack.AwaitPost("general", "hello")
	require.Len(t, bed.Owner.Messages(room), 2, "the bridge says nothing there")
}
