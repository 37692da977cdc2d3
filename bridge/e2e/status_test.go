package e2e_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/testbed"
)

// statusOf asks the running bridge how it is, as an operator does.
func statusOf(t *testing.T, bed *testbed.Bed) operator.Status {
	t.Helper()
	out, code := bed.Bridge.Ask("status", "--json")
	require.Zero(t, code, out)
	var status operator.Status
	require.NoError(t, json.Unmarshal([]byte(out), &status), out)
	return status
}

// TestStatus asks a bridge how it is: while all is well, while Slack cuts its socket, while
// the homeserver does not answer, and when no bridge runs.
func TestStatus(t *testing.T) {
	bed, general := inGeneral(t, testbed.Options{Proxied: true})
	bed.Slack.AwaitSocket()
	chat := bed.Owner.AwaitChat()
	t.Run("53 status tells of Slack, the homeserver and the inbox", func(t *testing.T) {
		bed.Slack.Person("alice").MustPost("general", "hello")
		bed.Owner.AwaitText(general, "hello")
		bed.Owner.MustSend(general, "hello yourself")
		bed.Slack.AwaitPost("general", "hello yourself")
		bed.Await("that all is well", func() bool {
			status := statusOf(t, bed)
			return len(status.Troubles()) == 0 && status.Homeserver.Delivers && len(status.Inbox) == 2 && status.Inbox[1].Waiting == 0
		})
		status := statusOf(t, bed)
		require.Equal(t, operator.Up, status.Phase)
		require.Len(t, status.Logins, 1)
		require.Equal(t, "connected", status.Logins[0].State)
		require.Positive(t, status.Rooms)
		for _, source := range status.Inbox {
			require.NotZero(t, source.Received, source.Source)
			require.NotZero(t, source.Done, source.Source)
		}
		out, code := bed.Bridge.Ask("status")
		require.Zero(t, code)
		require.Regexp(t, `(?m)^slack +\S+, connected for \d+s`, out)
		require.NotContains(t, out, "hello")

		bed.Slack.MustCut()
		bed.Await("the end of the socket to be told", func() bool {
			login := statusOf(t, bed).Logins[0]
			return login.Usable() && login.LostReason == "cut"
		})
	})
	t.Run("54 status in the chat", func(*testing.T) {
		asked := bed.Owner.MustSend(chat, "status")
		bed.Owner.AwaitAnswer(chat, asked, "how the bridge is", says("All is well", "connected for", "delivers"))
	})
	t.Run("54 the doctor in the chat", func(*testing.T) {
		asked := bed.Owner.MustSend(chat, "doctor")
		bed.Owner.AwaitAnswer(chat, asked, "what the doctor found", says("ok       ping ", "ok       running.delivery ", "8 of 8 gating checks passed"))
	})
	away := bed.ToHomeserver.Fail(always, http.StatusServiceUnavailable)
	bed.Slack.Person("alice").MustPost("general", "is anyone there?")
	bed.AwaitHit(away)
	bed.Await("the row that waits", func() bool {
		for _, source := range statusOf(t, bed).Inbox {
			if source.Waiting > 0 && !source.Oldest.IsZero() {
				return true
			}
		}
		return false
	})
	away.Release()
	bed.Owner.AwaitText(general, "is anyone there?")

	bed.Bridge.MustStop()
	_, code := bed.Bridge.Ask("status")
	require.Equal(t, 69, code)
}
