package e2e_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

// TestUpgradedRoom has a person upgrade a room that is linked with a channel: the channel goes
// on in the room that replaces it, also after a restart.
func TestUpgradedRoom(t *testing.T) {
	onManners(t, func(t *testing.T, options testbed.Options) {
		t.Run("52 a room that is upgraded", func(t *testing.T) {
			bed := testbed.Start(t, options)
			bed.Slack.AwaitSocket()
			owner, alice := bed.Owner, bed.Slack.Person("alice")
			alice.MustCreateChannel("plans")
			room, ann := ourPlans(t, bed, nil)
			owner.AwaitMember(room, testbed.BotID)
			owner.MustSend(room, "!slack plumb #plans")
			owner.AwaitMessage(room, "the answer", says("#plans is linked with"))
			ts := alice.MustPost("plans", "in the old room")
			ann.AwaitText(room, "in the old room")

			var upgraded struct {
				Room id.RoomID `json:"replacement_room"`
			}
			_, err := owner.Client.MakeRequest(t.Context(), http.MethodPost, owner.Client.BuildClientURL("v3", "rooms", room, "upgrade"),
				map[string]string{"new_version": "12"}, &upgraded)
			require.NoError(t, err)
			for _, person := range []id.UserID{ann.UserID, testbed.BotID} {
				owner.MustInvite(upgraded.Room, person) // as clients do
			}
			ann.MustJoin(upgraded.Room.String())
			owner.AwaitMember(upgraded.Room, alice.GhostID())
			crosses := func(when string) {
				t.Helper()
				alice.MustPost("plans", "lunch "+when)
				ann.AwaitText(upgraded.Room, "lunch "+when)
				ann.MustSend(upgraded.Room, "dinner "+when)
				require.Equal(t, "ann", bed.Slack.AwaitPost("plans", "dinner "+when).Username)
			}
			crosses("after the upgrade")
			bed.Bridge.MustRestart()
			bed.Slack.AwaitSocket()
			crosses("after a restart")
			alice.MustThread("plans", ts, "about what was said before")
			ann.AwaitText(upgraded.Room, "about what was said before")
		})
	})
}
