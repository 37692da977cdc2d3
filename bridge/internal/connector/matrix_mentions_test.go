package connector

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

// TestRoomsByAlias mentions rooms by the bridge's aliases, by those that people gave them,
// and by some that are not looked up.
func TestRoomsByAlias(t *testing.T) {
	w := newWorld(t)
	w.home.aliases = map[id.RoomAlias]id.RoomID{"#lobby:test": w.room().MXID, "#elsewhere:test": "!elsewhere:test"}
	require.NoError(t, w.receive(w.write("$a", owner, "#slack_general:test #lobby:test #elsewhere:test #none:test #slack_none:test #lobby:other")))
	require.Equal(t, []string{"<#C1> <#C1> #elsewhere:test #none:test #slack_none:test #lobby:other"}, w.api.posted(t))
	require.NotContains(t, w.home.resolved, id.RoomAlias("#slack_none:test"))
	require.NotContains(t, w.home.resolved, id.RoomAlias("#lobby:other"))

	asked := len(w.home.resolved)
	require.NoError(t, w.receive(w.write("$b", owner, "#lobby:test again")))
	require.Len(t, w.home.resolved, asked, "what was asked a moment ago is known")
	var many []string
	for n := range 2 * aliasesAMessage {
		many = append(many, fmt.Sprintf("#a%d:test", n))
	}
	require.NoError(t, w.receive(w.write("$c", owner, strings.Join(many, " "))))
	require.Len(t, w.home.resolved, asked+aliasesAMessage)
}

// TestNamesAreAskedForBeforeThePortalIsLocked: a homeserver or a Slack that is slow to
// tell names holds up this event alone.
func TestNamesAreAskedForBeforeThePortalIsLocked(t *testing.T) {
	w := newWorld(t)
	w.client.identity.Scopes = append(w.client.identity.Scopes, scopeUserGroups)
	names := &matrixResolver{ctx: t.Context(), client: w.client, room: w.room().MXID, sender: owner}
	require.Empty(t, names.UserGroup("on-call"))
	require.Empty(t, names.Channel("#lobby:test"))
	require.Empty(t, w.api.of("usergroups.list"))
	require.Empty(t, w.home.resolved)

	w.home.lookUp = refused(http.StatusBadGateway, "M_UNKNOWN", "later")
	require.Error(t, w.receive(w.write("$a", owner, "see #lobby:test")))
	require.Empty(t, w.api.posted(t))
	w.home.lookUp = nil
	require.NoError(t, w.receive(w.write("$a", owner, "see #lobby:test")))
	require.Equal(t, []string{"see #lobby:test"}, w.api.posted(t))
}

// TestEachBroadcastIsItself: Slack's words for it, written by a person who may notify the
// room, and by one who may not.
func TestEachBroadcastIsItself(t *testing.T) {
	w := newWorld(t)
	require.NoError(t, w.receive(w.write("$a", "@ann:test", "@here @channel @everyone")))
	require.NoError(t, w.receive(w.write("$b", owner, "@here @channel @everyone")))
	require.NoError(t, w.receive(w.edit("$c", owner, "$b", "@everyone `@here`")))
	require.Equal(t, []string{"@here @channel @everyone", "<!here> <!channel> <!everyone>"}, w.api.posted(t))
	require.Equal(t, "<!everyone> `@here`", w.api.of("chat.update")[0].Get("text"))
}
