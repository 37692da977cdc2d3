package connector

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/bridgev2/commands"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// TestMute: nothing that a muted person says is carried, which they are told once in a
// room, and deletions are. It outlives a restart, and ends.
func TestMute(t *testing.T) {
	w := newWorld(t)
	command := func(text string) string {
		t.Helper()
		words := strings.Fields(text)
		answer, err := w.slack.mute(t.Context(), owner, words[0], words[1:])
		require.NoError(t, err)
		return answer
	}
	require.NoError(t, w.receive(w.write("$0", "@ann:test", "before")))
	require.Equal(t, "No one is muted.", command("mute"))
	require.Contains(t, command("mute @ann:test"), "`@ann:test` is muted: ")
	require.Contains(t, command("mute @ann:test"), "muted already")
	require.Contains(t, command("mute"), "`@ann:test`")

	require.NoError(t, w.receive(w.write("$1", "@ann:test", "one")))
	require.NoError(t, w.receive(w.write("$2", "@ann:test", "two")))
	require.NoError(t, w.receive(w.edit("$3", "@ann:test", "$0", "changed")))
	require.NoError(t, w.receive(w.react("$4", "@ann:test", "$0", "🎉")))
	require.NoError(t, w.receive(w.write("$5", "@bob:test", "and I?")))
	require.Equal(t, []string{"before", "and I?"}, w.api.posted(t))
	require.Empty(t, w.api.of("chat.update"))
	require.Empty(t, w.api.of("reactions.add"))
	require.Equal(t, []id.EventID{"$1", "$2", "$3", "$4"}, w.home.failed())
	require.Equal(t, []string{
		"⚠️ Your message was not bridged: This is not in Slack: an admin of the bridge has muted you; nothing that you say in bridged rooms is carried until they lift it",
	}, w.home.said())
	require.NoError(t, w.receive(w.redact("$6", "@ann:test", "$0")))
	require.Len(t, w.api.of("chat.delete"), 1, "they may delete what they said")

	again := newMutes()
	require.NoError(t, again.load(t.Context(), w.slack.db))
	require.True(t, again.has("@ann:test"))

	require.Contains(t, command("unmute @ann:test"), "no longer muted")
	require.Contains(t, command("unmute @ann:test"), "is not muted")
	require.NoError(t, w.receive(w.write("$7", "@ann:test", "after")))
	require.Equal(t, []string{"before", "and I?", "after"}, w.api.posted(t))
}

// TestAMutedPersonChangesAChannel: it is undone in the room.
func TestAMutedPersonChangesAChannel(t *testing.T) {
	w := newWorld(t)
	aWorkspace(w)
	room := w.room().MXID
	w.slack.mutes.set("@ann:test", true)
	require.NoError(t, w.receive(w.named("$name", "Mine")))
	require.Equal(t, []string{"#general"}, w.states(event.StateRoomName))
	require.NoError(t, w.change("$kick", "@ann:test", aliceGhost, "join", "leave"))
	require.Contains(t, w.home.members(room), aliceGhost)
	require.Empty(t, w.api.of("conversations.rename"))
	require.Empty(t, w.api.of("conversations.kick"))
	for _, notice := range w.notices() {
		require.Contains(t, notice, "has muted you")
	}
}

// TestMuteWhom: only a person in Matrix is muted, by their full id.
func TestMuteWhom(t *testing.T) {
	w := newWorld(t)
	for text, answer := range map[string]string{
		"mute ann":                      "is not a Matrix id",
		"mute #room:test":               "is not a Matrix id",
		"mute @ann:test @bob:test":      "full Matrix id of one person",
		"unmute":                        "full Matrix id of one person",
		"mute @slackbot:test":           "the bridge's own user",
		"mute @slack_T1-U1:test":        "the bridge's own user",
		"unmute @slack_T1-U1:test":      "the bridge's own user",
		"mute https://matrix.to/#/@a:b": "is not a Matrix id",
	} {
		words := strings.Fields(text)
		got, err := w.slack.mute(t.Context(), owner, words[0], words[1:])
		require.NoError(t, err)
		require.Contains(t, got, answer, text)
	}
	require.Empty(t, w.slack.mutes.all())
}

// TestMuteCommands runs them as they are found by their names among the framework's own, which
// has an unmute for chats.
func TestMuteCommands(t *testing.T) {
	w := newWorld(t)
	user, err := w.bridge.GetUserByMXID(t.Context(), owner)
	require.NoError(t, err)
	user.ManagementRoom = "!chat:test"
	user.Permissions = bridgeconfig.PermissionLevelAdmin
	w.bridge.Commands = commands.NewProcessor(w.bridge)
	w.slack.addCommands()
	for _, step := range []struct {
		text  string
		muted bool
	}{{"mute @ann:test", true}, {"unmute @ann:test", false}} {
		w.bridge.Commands.Handle(t.Context(), user.ManagementRoom, "$e", user, step.text, "")
		require.Equal(t, step.muted, w.slack.mutes.has("@ann:test"), step.text)
	}
}

// TestAMutedPersonUpgradesARoom whose moderator they are: its people are not left behind.
func TestAMutedPersonUpgradesARoom(t *testing.T) {
	w := newWorld(t)
	portal, replacement := w.room(), id.RoomID("!replacement:test")
	w.slack.mutes.set(owner, true)
	require.NoError(t, w.home.join(joined{replacement, owner}))
	upgraded := w.stated("$upgraded", event.StateTombstone, time.Now(), map[string]any{"body": "upgraded", "replacement_room": replacement})
	upgraded.Sender = owner
	require.NoError(t, w.receive(upgraded))
	require.Equal(t, replacement, portal.MXID)
}
