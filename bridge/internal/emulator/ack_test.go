package emulator_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// envelopeOf raises an envelope of a person's doing and returns it as it came.
func (e *emu) envelopeOf(w *ws, kind, payload string, accepts bool) envelope {
	e.t.Helper()
	require.NoError(e.t, e.ctl.RaiseWith(e.ctx(), control.EventRequest{
		Envelope: kind, Type: kind, Payload: json.RawMessage(payload), AcceptsResponse: accepts,
	}))
	return w.next()
}

// shown is what a person was shown, once it is n texts.
func (e *emu) shown(n int, user string) []workspace.Ephemeral {
	e.t.Helper()
	var out []workspace.Ephemeral
	require.Eventually(e.t, func() bool {
		var err error
		out, err = e.ctl.Ephemerals(e.ctx(), user)
		require.NoError(e.t, err)
		return len(out) >= n
	}, waitFor, time.Millisecond)
	require.Len(e.t, out, n)
	return out
}

func TestAnswersInAcks(t *testing.T) {
	slash := func(channel string) string {
		return fmt.Sprintf(`{"command":"/echo","text":"hi","channel_id":%q,"user_id":%q,"trigger_id":"1.2.3"}`, channel, ann)
	}
	answer := func(e *emu, w *ws, envelope, payload string) {
		w.write(`{"envelope_id":"` + envelope + `","payload":` + payload + `}`)
		e.acked(1)
	}
	t.Run("the text of a slash command's ack is shown to the person alone", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		answer(e, w, e.envelopeOf(w, "slash_commands", slash(general), true).ID, `{"text":"you said *hi* & more"}`)
		got := e.shown(1, "ann")[0]
		require.Equal(t, general, got.Channel)
		require.Equal(t, ann, got.User)
		require.Equal(t, "you said *hi* &amp; more", got.Message.Text)
		require.Equal(t, botID, got.Message.BotID)
		e.shown(0, "bob")
		require.NotContains(t, texts(e.history(general)), got.Message.Text, "it is no message")
		e.silent(w)
		require.JSONEq(t, `{"text":"you said *hi* & more"}`, string(e.Hub.Records()[0].Response))
	})
	t.Run("it is shown where the bot is not", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		answer(e, w, e.envelopeOf(w, "slash_commands", slash(annBob), true).ID, `{"text":"here too"}`)
		require.Equal(t, annBob, e.shown(1, ann)[0].Channel)
	})
	t.Run("response_type in_channel says it to everybody", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		answer(e, w, e.envelopeOf(w, "slash_commands", slash(random), true).ID, `{"text":"for all","response_type":"in_channel"}`)
		require.Equal(t, "for all", w.take().event("text"))
		require.Equal(t, "for all", e.history(random)[0]["text"])
		e.shown(0, ann)
	})
	t.Run("an ack without payload shows nothing", func(t *testing.T) {
		for _, payload := range []string{`{}`, `null`, `{"text":""}`} {
			e := start(t)
			w := e.connect()
			answer(e, w, e.envelopeOf(w, "slash_commands", slash(general), true).ID, payload)
			e.shown(0, ann)
			require.Empty(t, e.Hub.Records()[0].Refused)
		}
	})
	t.Run("a slash command that is not acked in time is told to the person", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.envelopeOf(w, "slash_commands", slash(general), true)
		e.Clock.Step(3 * time.Second)
		got := e.shown(1, ann)[0]
		require.Equal(t, "USLACKBOT", got.Message.User)
		require.Contains(t, got.Message.Text, "/echo")
		require.Contains(t, got.Message.Text, "operation_timeout")
	})
	for name, c := range map[string]struct{ kind, envelope, payload, refused string }{
		"options": {
			"interactive", `{"type":"block_suggestion","user":{"id":"` + ann + `"}}`, `{"options":[{"text":{"type":"plain_text","text":"a"},"value":"a"}]}`, "options",
		},
		"option groups": {"interactive", `{"type":"block_suggestion"}`, `{"option_groups":[]}`, "option_groups"},
		"a response_action": {
			"interactive", `{"type":"view_submission"}`, `{"response_action":"errors","errors":{"b":"no"}}`, "response_action",
		},
		"blocks that Slack refuses": {"slash_commands", slash(general), `{"blocks":[{"type":"hologram"}]}`, "invalid_blocks"},
		"an unknown response_type":  {"slash_commands", slash(general), `{"text":"x","response_type":"shouted"}`, "response_type"},
		"what is no object":         {"slash_commands", slash(general), `"hi"`, "object"},
	} {
		t.Run(name+" in an ack end in a logged refusal", func(t *testing.T) {
			e := start(t)
			w := e.connect()
			answer(e, w, e.envelopeOf(w, c.kind, c.envelope, true).ID, c.payload)
			require.Eventually(t, func() bool { return e.Hub.Records()[0].Refused != "" }, waitFor, time.Millisecond)
			require.Contains(t, e.Hub.Records()[0].Refused, c.refused)
			require.Contains(t, e.log.String(), "An ack's payload was refused")
			e.shown(0, ann)
		})
	}
	t.Run("a payload for an envelope that accepts none is refused, an empty one is not", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		answer(e, w, e.envelopeOf(w, "interactive", `{"type":"block_actions"}`, false).ID, `{"text":"x"}`)
		require.Eventually(t, func() bool { return e.Hub.Records()[0].Refused != "" }, waitFor, time.Millisecond)
		require.Contains(t, e.Hub.Records()[0].Refused, "accepts_response_payload")
		e.say("an event")
		w.write(`{"envelope_id":"` + w.next().ID + `","payload":{}}`)
		e.acked(2)
		require.Empty(t, e.Hub.Records()[1].Refused)
	})
}

func TestEphemerals(t *testing.T) {
	e := start(t)
	w := e.connect()
	e.must("chat.postEphemeral", "channel", general, "user", ann, "text", "only you", "username", "Robot")
	got := e.shown(1, ann)[0]
	require.Equal(t, "only you", got.Message.Text)
	require.Equal(t, "Robot", got.Message.Username)
	e.shown(0, bob)
	e.silent(w)
	require.Equal(t, "message_not_found", e.form("chat.delete", "channel", general, "ts", got.Message.TS).code())
	require.Equal(t, "user_not_in_channel", e.form("chat.postEphemeral", "channel", random, "user", "U0DAN00001", "text", "x").code())
}
