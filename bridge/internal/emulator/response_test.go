package emulator_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
)

func TestSlashCommands(t *testing.T) {
	// used uses /echo as ann and returns what the app gets.
	used := func(t *testing.T, channel string) (*emu, map[string]any) {
		e := start(t)
		e.with("commands")
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddCommands: []string{"/echo"}})
		require.NoError(t, err)
		w := e.connect()
		require.NoError(t, e.ctl.UseCommand(e.ctx(), control.CommandRequest{User: "ann", Channel: channel, Command: "/echo", Text: "hi <you>"}))
		v := w.take()
		require.Equal(t, "slash_commands", v.Type)
		require.True(t, v.Accepts)
		var frame struct {
			Payload map[string]any `json:"payload"`
		}
		require.NoError(t, json.Unmarshal([]byte(v.raw), &frame))
		e.acked(1)
		return e, frame.Payload
	}
	respond := func(e *emu, payload map[string]any, body string) answer {
		req, err := http.NewRequestWithContext(e.ctx(), http.MethodPost, payload["response_url"].(string), strings.NewReader(body))
		require.NoError(e.t, err)
		req.Header.Set("Content-Type", "application/json")
		return e.send(req)
	}
	t.Run("the app is told who used it where", func(t *testing.T) {
		e, p := used(t, general)
		require.Equal(t, []any{"/echo", "hi <you>", ann, "ann", general, "general", app, "T0ACME0001", "acme", "false"}, []any{
			p["command"], p["text"], p["user_id"], p["user_name"], p["channel_id"], p["channel_name"], p["api_app_id"], p["team_id"], p["team_domain"],
			p["is_enterprise_install"],
		})
		require.NotEmpty(t, p["trigger_id"])
		require.True(t, strings.HasPrefix(p["response_url"].(string), e.URL()+"/"), "on the API's own origin")
	})
	t.Run("DMs and private channels are named by their kind", func(t *testing.T) {
		_, p := used(t, annBot)
		require.Equal(t, "directmessage", p["channel_name"])
		_, p = used(t, leaders)
		require.Equal(t, "privategroup", p["channel_name"])
	})
	t.Run("response_url answers to the person, or to everybody", func(t *testing.T) {
		e, p := used(t, random)
		require.Equal(t, http.StatusOK, respond(e, p, `{"text":"between us"}`).status)
		require.Equal(t, "between us", e.shown(1, ann)[0].Message.Text)
		require.Equal(t, http.StatusOK, respond(e, p, `{"text":"for all","response_type":"in_channel"}`).status)
		require.Equal(t, "for all", e.history(random)[0]["text"])
	})
	t.Run("an answer can be replaced and taken away", func(t *testing.T) {
		e, p := used(t, random)
		respond(e, p, `{"text":"first"}`)
		respond(e, p, `{"text":"second","replace_original":true}`)
		require.Equal(t, "second", e.shown(1, ann)[0].Message.Text)
		require.Equal(t, http.StatusOK, respond(e, p, `{"delete_original":true}`).status)
		e.shown(0, ann)
	})
	t.Run("response_url works where the bot is not", func(t *testing.T) {
		e, p := used(t, annBob)
		require.Equal(t, http.StatusOK, respond(e, p, `{"text":"here"}`).status)
		require.Equal(t, annBob, e.shown(1, ann)[0].Channel)
	})
	t.Run("five times and no more: used_url", func(t *testing.T) {
		e, p := used(t, random)
		for range 5 {
			require.Equal(t, http.StatusOK, respond(e, p, `{"text":"x"}`).status)
		}
		a := respond(e, p, `{"text":"x"}`)
		require.Equal(t, http.StatusNotFound, a.status)
		require.Equal(t, "used_url", a.code())
	})
	t.Run("half an hour and no longer: expired_url", func(t *testing.T) {
		e, p := used(t, random)
		e.Clock.Step(30*time.Minute - time.Millisecond)
		require.Equal(t, http.StatusOK, respond(e, p, `{"text":"x"}`).status)
		e.Clock.Step(time.Millisecond)
		require.Equal(t, "expired_url", respond(e, p, `{"text":"x"}`).code())
		p["response_url"] = e.URL() + "/commands/T0ACME0001/guess"
		require.Equal(t, "expired_url", respond(e, p, `{"text":"x"}`).code())
	})
	t.Run("what Slack refuses is refused", func(t *testing.T) {
		e, p := used(t, random)
		for body, want := range map[string]string{
			`{"blocks":[{"type":"hologram"}]}`: "invalid_blocks", `{`: "invalid_payload", `{"text":""}`: "no_text", `{"text":"x","response_type":"loud"}`: "invalid_response_type",
		} {
			a := respond(e, p, body)
			require.Equal(t, http.StatusBadRequest, a.status, body)
			require.Equal(t, want, a.code(), body)
		}
	})
	t.Run("an unknown command, and one of an app without the scope, are refused", func(t *testing.T) {
		e := start(t)
		e.without("commands")
		_, err := e.ctl.ChangeApp(e.ctx(), control.AppRequest{AddCommands: []string{"/echo"}})
		require.NoError(t, err)
		var refusal *control.Error
		require.ErrorAs(t, e.ctl.UseCommand(e.ctx(), control.CommandRequest{User: ann, Channel: general, Command: "/echo"}), &refusal)
		require.Equal(t, "unknown_command", refusal.Code)
		e.with("commands")
		require.NoError(t, e.ctl.UseCommand(e.ctx(), control.CommandRequest{User: ann, Channel: general, Command: "/echo"}))
		require.ErrorAs(t, e.ctl.UseCommand(e.ctx(), control.CommandRequest{User: ann, Channel: lounge, Command: "/echo"}), &refusal)
		require.Equal(t, "not_in_channel", refusal.Code)
	})
	t.Run("commands come with the manifest", func(t *testing.T) {
		e := start(t, withSeed(t, `
users: [{name: ann, id: U0ANN00001}]
apps:
  - id: A0BRIDGE01
    bot_user_id: U0BRIDGE01
    manifest:
      display_information: {name: Bridge}
      features: {bot_user: {display_name: bridge}, slash_commands: [{command: /matrix, description: About the bridge}]}
      oauth_config: {scopes: {bot: [commands]}}
      settings: {socket_mode_enabled: true}
channels: [{id: C0GENERAL1, name: general, members: [ann]}]
`))
		require.NoError(t, e.ctl.UseCommand(e.ctx(), control.CommandRequest{User: ann, Channel: general, Command: "/matrix"}))
	})
}
