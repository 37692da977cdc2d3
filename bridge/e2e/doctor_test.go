package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestDoctor checks every hop of a complete bridge, healthy and broken: the homeserver
// really pings the bridge, and the bridge is using the database at the time.
func TestDoctor(t *testing.T) {
	bed := testbed.Start(t, testbed.Options{Database: testbed.PostgreSQL})

	out, code := bed.Bridge.Ask("doctor")
	require.Zero(t, code, out)
	require.Contains(t, out, "\n9 of 9 gating checks passed\n")
	for _, line := range []string{
		`database +PostgreSQL 1\d`, `homeserver.token +the as_token is accepted as @`,
		`ping +the homeserver reached the bridge in \d+ ms`, `namespaces +the homeserver takes @\S+ for the bridge's`, `slack.auth +\S+ in `, `slack.socket +Slack would open one`,
	} {
		require.Regexp(t, `(?m)^ok +`+line, out)
	}

	bed.Bridge.MustStop()
	out, code = bed.Bridge.Ask("doctor", "--json")
	require.Equal(t, 69, code, out)
	require.Contains(t, out, `"code": "bridge.silent"`)
}
