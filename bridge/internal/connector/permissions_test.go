package connector

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/bridgeconfig"
	"maunium.net/go/mautrix/id"
)

// TestStrangersAreToldOnceARoom: two people without permission write in two rooms.
func TestStrangersAreToldOnceARoom(t *testing.T) {
	w := newWorld(t)
	w.bridge.Config.Permissions = bridgeconfig.PermissionConfig{owner.String(): &bridgeconfig.PermissionLevelAdmin}
	here, there := w.room().MXID, w.roomOf("C2").MXID
	for n, who := range []inRoom{{here, "@x:test"}, {here, "@x:test"}, {there, "@x:test"}, {here, "@y:test"}} {
		evt := w.write(id.EventID("$m"+string(rune('1'+n))), who.user, "hello")
		evt.RoomID = who.room
		require.NoError(t, w.receive(evt))
	}
	require.Empty(t, w.api.posted(t))
	require.Len(t, w.home.bodies(), 3)
	require.Contains(t, w.home.bodies()[0], "What @x:test says here is not in Slack")
}
