package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestLoginByProvisioning logs in through the provisioning API, with the flow, step and
// field ids that clients know from mautrix-slack. Tokens that cannot work are refused
// with the reason.
func TestLoginByProvisioning(t *testing.T) {
	t.Run("54 login by the provisioning API", func(t *testing.T) {
		bed := testbed.Start(t, testbed.Options{NoLogin: true})
		status, flows := bed.Bridge.MustProvision(bed.Owner, http.MethodGet, "login/flows", nil)
		require.Equal(t, http.StatusOK, status)
		require.Equal(t, "app", flows["flows"].([]any)[0].(map[string]any)["id"])

		submit := func(bot, app string) (int, map[string]any) {
			status, started := bed.Bridge.MustProvision(bed.Owner, http.MethodPost, "login/start/app", map[string]any{})
			require.Equal(t, http.StatusOK, status, started)
			require.Equal(t, "fi.mau.slack.login.enter_app_tokens", started["step_id"])
			step := "login/step/" + started["login_id"].(string) + "/fi.mau.slack.login.enter_app_tokens/user_input"
			return bed.Bridge.MustProvision(bed.Owner, http.MethodPost, step, map[string]any{"bot_token": bot, "app_token": app})
		}
		status, refused := submit(bed.Slack.BridgeApp().BotToken, bed.Slack.OtherApp().AppToken)
		require.Equal(t, http.StatusBadRequest, status)
		require.Contains(t, refused["error"], "the same app")

		status, done := submit(bed.Slack.BridgeApp().BotToken, bed.Slack.BridgeApp().AppToken)
		require.Equal(t, http.StatusOK, status, done)
		require.Equal(t, "complete", done["type"])

		general := bed.Owner.AwaitRoom("#general")
		bed.Slack.Person("alice").MustPost("general", "welcome")
		bed.Owner.AwaitText(general, "welcome")
	})
}
