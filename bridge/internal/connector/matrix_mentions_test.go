package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

// TestRoomsByAlias has rooms mentioned by the bridge's aliases, by those that people gave
// them, and by some that are not asked for.
func TestRoomsByAlias(t *testing.T) {
	w := newWorld(t)
	w.home.aliases = map[id.RoomAlias]id.RoomID{"#lobby:test": w.room().MXID, "#elsewhere:test": "!elsewhere:test"}
	require.NoError(t, w.receive(w.write("$a", owner, "#slack_general:test #lobby:test #elsewhere:test #none:test #slack_none:test #lobby:other")))
	require.Equal(t, []string{"<#C1> <#C1> #elsewhere:test #none:test #slack_none:test #lobby:other"}, w.api.posted(t))
	require.NotContains(t, w.home.resolved, id.RoomAlias("#slack_none:test"))
	require.NotContains(t, w.home.resolved, id.RoomAlias("#lobby:other"))
}

// TestEachBroadcastIsItself has the words of Slack written by a person who may notify the
// room, and by one who may not.
func TestEachBroadcastIsItself(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$a", "@ann:test", "@here @channel @everyone")))
	require.NoError(t, w.receive(w.write("$b", owner, "@here @channel @everyone")))
	require.NoError(t, w.receive(w.edit("$c", owner, "$b", "@everyone `@here`")))
	require.Equal(t, []string{"@here @channel @everyone", "<!here> <!channel> <!everyone>"}, w.api.posted(t))
	require.Equal(t, "<!everyone> `@here`", w.api.of("chat.update")[0].Get("text"))
}
