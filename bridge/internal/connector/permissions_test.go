package connector

import (
	"fmt"
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

// TestWhoWasToldIsBounded: anyone may come into a public room and write.
func TestWhoWasToldIsBounded(t *testing.T) {
	told := newToldOnce()
	stranger := func(n int) inRoom { return inRoom{"!r:test", id.UserID(fmt.Sprintf("@x%d:test", n))} }
	for n := range maxTold + 10 {
		told.note(stranger(n))
	}
	require.Len(t, told.told.byKey, maxTold)
	require.False(t, told.wasTold(stranger(0)))
	require.True(t, told.wasTold(stranger(10)))
	told.note(inRoom{"!other:test", stranger(10).user})
	told.forget(stranger(10).user)
	require.False(t, told.wasTold(stranger(10)))
	require.False(t, told.wasTold(inRoom{"!other:test", stranger(10).user}))
	require.True(t, told.wasTold(stranger(12)))
}
