package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// TestWhoMayNotifySlack: @room from a person who may notify the room, and from one who
// may not.
func TestWhoMayNotifySlack(t *testing.T) {
	w := newWorld(t)
	say := func(event id.EventID, sender id.UserID) {
		require.NoError(t, w.receive(w.message(event, sender, map[string]any{
			"msgtype": "m.text", "body": "@room hello", "m.mentions": map[string]any{"room": true},
		})))
	}
	say("$a", "@ann:test")
	say("$b", owner)
	edit := w.message("$c", "@ann:test", map[string]any{
		"msgtype": "m.text", "body": "* @room hi", "m.mentions": map[string]any{},
		"m.new_content": map[string]any{"msgtype": "m.text", "body": "@room hi", "m.mentions": map[string]any{"room": true}},
		"m.relates_to":  map[string]any{"rel_type": "m.replace", "event_id": "$a"},
	})
	require.NoError(t, w.receive(edit))
	require.Equal(t, []string{"@room hello", "<!channel> hello"}, w.api.posted(t))
	require.Equal(t, "@room hi", w.api.of("chat.update")[0].Get("text"))
}

// TestSlackNotifiesTheRoom has a ghost write @channel twice, the second time in a thread.
func TestSlackNotifiesTheRoom(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.hear("E0", slackevent.Message{User: "U1", Text: "hi", TS: "1700000600.000001"}))
	require.Empty(t, w.home.of(event.StatePowerLevels))
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "<!channel> lunch", TS: "1700000600.000002"}))
	require.NoError(t, w.hear("E2", slackevent.Message{User: "U1", Text: "<!here> now", TS: "1700000600.000003", ThreadTS: "1700000600.000002"}))
	set := w.home.of(event.StatePowerLevels)
	require.Len(t, set, 1)
	levels := set[0].content.Parsed.(*event.PowerLevelsEventContent)
	ghost := w.bridge.Matrix.GhostIntent(w.client.ghostID("U1")).GetMXID()
	require.Equal(t, 50, levels.GetUserLevel(ghost))
	require.Nil(t, levels.Notifications)
	require.Equal(t, id.UserID("@slackbot:test"), set[0].sender)

	require.NoError(t, w.hear("E3", slackevent.Message{User: "U2", Text: "<!channel> all", TS: "1700000600.000004"}))
	require.Len(t, w.home.of(event.StatePowerLevels), 2)
}

// TestSlackNotifiesNoOne has a room in which the bot may not change power levels: the
// message still arrives.
func TestSlackNotifiesNoOne(t *testing.T) {
	w := newWorld(t)
	w.home.refuse = func(s sent) error {
		if s.kind.Type == event.StatePowerLevels.Type {
			return refused(403, "M_FORBIDDEN", "no")
		}
		return nil
	}
	require.NoError(t, w.hear("E1", slackevent.Message{User: "U1", Text: "<!channel> lunch", TS: "1700000600.000002"}))
	require.Equal(t, []string{"@channel lunch"}, w.home.bodies())
}
