package operator_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
)

// fine is the status of a bridge that is well.
func fine() operator.Status {
	return operator.Status{
		Version: "1.2.3", At: now, Started: ago(3 * time.Hour), Phase: operator.Up, Rooms: 12,
		Logins: []operator.LoginStatus{{
			Login: "T1-UBOT", State: "connected", Since: ago(2 * time.Hour), Reason: "hello", Message: "Connected to Slack by Socket Mode",
			Lost: ago(2 * time.Hour), LostReason: "refresh_requested", RoomsReady: true,
		}},
		Homeserver: operator.HomeserverStatus{Transactions: "ready", Delivers: true, Proven: ago(40 * time.Second)},
		Inbox: []operator.SourceStatus{
			{Source: "matrix", Received: ago(time.Minute), Done: ago(time.Minute)},
			{Source: "slack:T1-UBOT", Received: ago(5 * time.Second), Done: ago(5 * time.Second)},
		},
	}
}

// troubled is the status of one to which everything happens.
func troubled() operator.Status {
	s := fine()
	s.Logins[0].State, s.Logins[0].Message = "waiting", "Slack is not reachable"
	s.Logins[0].Since, s.Logins[0].Next, s.Logins[0].RoomsReady = ago(time.Minute), now.Add(30*time.Second), false
	s.Logins[0].Waits = []operator.Wait{{Method: "chat.postMessage", Until: now.Add(10 * time.Second), Calls: 4}}
	s.Homeserver = operator.HomeserverStatus{Transactions: "draining", Proven: ago(time.Hour), Waiting: ago(10 * time.Minute)}
	s.Inbox[0].Waiting, s.Inbox[0].Oldest, s.Inbox[0].Parked = 7, ago(10*time.Minute), 2
	s.Incomplete, s.Reading = "the database does not answer", 3
	s.Filling = operator.FillingStatus{Rooms: 2, Found: 150, Sent: 40}
	return s
}

func TestStatusText(t *testing.T) {
	for name, tc := range map[string]struct {
		status operator.Status
		want   string
	}{
		"well": {fine(), "" +
			"bridge        up, started 3h0m ago, version 1.2.3\n" +
			"slack         T1-UBOT, connected for 2h0m, the last socket ended 2h0m ago (refresh_requested)\n" +
			"homeserver    delivers, proven 40s ago\n" +
			"from matrix   0 waiting, the last came 1m ago, the last was done 1m ago\n" +
			"from T1-UBOT  0 waiting, the last came 5s ago, the last was done 5s ago\n" +
			"rooms         12\n"},
		"not well": {troubled(), "" +
			"bridge        up, started 3h0m ago, version 1.2.3\n" +
			"slack         T1-UBOT, waiting for 1m, Slack is not reachable, the next attempt in 30s, the last socket ended 2h0m ago (refresh_requested), the rooms are being made\n" +
			"              chat.postMessage waits for a limit of Slack's for 10s more, 4 calls in line\n" +
			"homeserver    does not deliver: a probe has been away for 10m, transactions are refused\n" +
			"from matrix   7 waiting, the first for 10m, 2 parked (`slack-bridge inbox list`), the last came 1m ago, the last was done 1m ago\n" +
			"from T1-UBOT  0 waiting, the last came 5s ago, the last was done 5s ago\n" +
			"              what is parked is not known: the database does not answer\n" +
			"rooms         12, 3 are read for what was missed, 2 get what was said before: 40 of 150 messages are in them\n"},
		"starting": {operator.Status{Version: "1", Started: ago(time.Second), Phase: operator.Starting, Doing: "waiting for the homeserver"}, "" +
			"bridge      starting, waiting for the homeserver, started 1s ago, version 1\n" +
			"slack       no login\n" +
			"homeserver  whether it delivers is not known yet\n" +
			"rooms       0\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var text strings.Builder
			require.NoError(t, operator.WriteStatus(&text, tc.status, now))
			require.Equal(t, tc.want, text.String())
		})
	}
}

// TestTroubles: a bridge is ready when nothing keeps messages from crossing.
func TestTroubles(t *testing.T) {
	require.Empty(t, fine().Troubles())
	require.Equal(t, []string{
		"Slack, T1-UBOT: waiting: Slack is not reachable",
		"the homeserver does not deliver: the bridge's probe is away since 2026-05-01T11:50:00Z",
		"the database does not answer",
	}, troubled().Troubles())
	require.Equal(t, []string{"the bridge is starting: waiting for the homeserver"}, operator.Status{Phase: operator.Starting, Doing: "waiting for the homeserver"}.Troubles())
	require.Len(t, operator.Status{Phase: operator.Up}.Troubles(), 1, "without a login nothing crosses")
	unproven := fine()
	unproven.Homeserver = operator.HomeserverStatus{Transactions: "ready"}
	require.Empty(t, unproven.Troubles(), "the first probe is on its way")
	unproven.Homeserver.Waiting = ago(time.Second)
	require.Empty(t, unproven.Troubles(), "the first probe is on its way")
	unproven.Homeserver.Waiting = ago(10 * time.Minute)
	require.Equal(t, []string{"the homeserver does not deliver: the bridge's probe is away since 2026-05-01T11:50:00Z"}, unproven.Troubles(), "it never has")
}

func TestStatusOverTheSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	_, desk := filled(t)
	serve(t, path, desk)
	client, err := operator.Connect(t.Context(), path)
	require.NoError(t, err)
	got, err := client.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, fine(), got)
}
