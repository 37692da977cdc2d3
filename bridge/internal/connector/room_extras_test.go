package connector

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackevent"
)

// TestAnInvitationThatFailsCostsNotEveryMessage has a user of network.invite on a server
// that cannot be reached and for which each try waits.
func TestAnInvitationThatFailsCostsNotEveryMessage(t *testing.T) {
	w := newWorld(t, func(network *settings.Network) { network.Invite = []id.UserID{"@ann:away"} })
	tries := 0
	w.home.refuse = func(s sent) error {
		if s.key == "@ann:away" && s.room == "!r2:test" {
			tries++
			return errBusy
		}
		return nil
	}
	require.Equal(t, id.RoomID("!r2:test"), w.room().MXID)
	for n := range 5 {
		require.NoError(t, w.hear(fmt.Sprint("Ev", n), slackevent.Message{User: "U1", TS: fmt.Sprintf("170000000%d.000100", n), Text: "hello"}))
	}
	require.Equal(t, 1, tries)
}

func TestPauses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, tries := newCooldowns(), []time.Duration{}
		for start := time.Now(); time.Since(start) < 5*time.Hour; time.Sleep(time.Minute) {
			if p.over("a") {
				tries = append(tries, time.Since(start))
				p.start("a")
			}
		}
		require.Equal(t, []time.Duration{
			0, time.Minute, 3 * time.Minute, 7 * time.Minute, 15 * time.Minute, 31 * time.Minute, 63 * time.Minute,
			123 * time.Minute, 183 * time.Minute, 243 * time.Minute,
		}, tries)
		require.True(t, p.over("b"))
		p.clear("a")
		require.True(t, p.over("a"))
	})
}
