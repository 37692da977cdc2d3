package connector

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
)

// TestAnAliasIsOnlyLookedAt resolves an alias, and then has a person who may write join
// the room.
func TestAnAliasIsOnlyLookedAt(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = []id.UserID{"@ann:test"} })
	w.bridge.Config.Permissions["@stranger:test"] = &bridgeconfig.Permissions{}
	var joined atomic.Bool
	w.api.onCall(func(c call) answer {
		elsewhere := answer{"id": "C9", "name": "elsewhere", "is_channel": true, "is_member": joined.Load()}
		switch {
		case c.method == "conversations.list":
			return answer{"channels": []answer{elsewhere}}
		case c.method == "conversations.join":
			joined.Store(true)
			elsewhere["is_member"] = true
			return answer{"channel": elsewhere}
		case c.method == "conversations.info" && c.form.Get("channel") == "C9":
			return answer{"channel": elsewhere}
		}
		return nil
	})
	w.session()
	require.True(t, w.slack.QueryAlias("#slack_elsewhere:test"))
	portal := w.roomOf("C9")
	require.Empty(t, w.api.of("conversations.join"))
	invited := func() (count int) {
		for _, s := range w.home.of(event.StateMember) {
			if s.room == portal.MXID && s.key == "@ann:test" {
				count++
			}
		}
		return count
	}
	require.Zero(t, invited())

	join := func(event id.EventID, who id.UserID) error {
		evt := w.member(event, who)
		evt.RoomID = portal.MXID
		return w.receive(evt)
	}
	require.NoError(t, join("$1", "@stranger:test"))
	require.Empty(t, w.api.of("conversations.join"))
	require.NoError(t, join("$2", "@ben:test"))
	require.Len(t, w.api.of("conversations.join"), 1)
	require.Equal(t, 1, invited())
	require.NoError(t, join("$3", "@cat:test"))
	require.Len(t, w.api.of("conversations.join"), 1, "once")
}

// TestABotThatWasPutOutStaysOut has a person join the room of a channel from which the bot
// was removed.
func TestABotThatWasPutOutStaysOut(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.info" {
			return answer{"channel": answer{"id": general, "name": "general", "is_channel": true}}
		}
		return nil
	})
	require.NoError(t, w.receive(w.member("$1", "@ben:test")))
	require.Empty(t, w.api.of("conversations.join"))
}

// member makes the event of a person who joins #general.
func (w *world) member(eventID id.EventID, who id.UserID) *event.Event {
	w.Helper()
	evt := w.event(eventID, who, event.StateMember, map[string]any{"membership": "join"})
	key := who.String()
	evt.StateKey = &key
	return evt
}

// TestAChannelThatCannotBeEntered has Slack refuse the bot: a notice in the room says so,
// once.
func TestAChannelThatCannotBeEntered(t *testing.T) {
	w := newWorld(t)
	portal := w.room()
	portal.Metadata.(*PortalMetadata).Outside = true
	w.api.onCall(func(c call) answer {
		if c.method == "conversations.join" {
			return answer{"ok": false, "error": "method_not_supported_for_channel_type"}
		}
		return nil
	})
	require.NoError(t, w.receive(w.member("$1", "@ben:test")))
	said := w.home.bodies()
	require.Contains(t, said[len(said)-1], "could not enter this Slack channel")
}
