package slackdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

func TestTheFirstHoldsADirectConversation(t *testing.T) {
	db, ctx := open(t), t.Context()
	direct := networkid.PortalKey{ID: "T1-D1", Receiver: "T1-UBOT"}
	for _, by := range []id.UserID{"@ann:test", "@ben:test", "@ann:test"} {
		holder, err := db.HoldDirect(ctx, direct, by)
		require.NoError(t, err)
		require.Equal(t, id.UserID("@ann:test"), holder)
	}
	holder, err := db.HoldDirect(ctx, networkid.PortalKey{ID: "T1-D1", Receiver: "T1-UOTHER"}, "@ben:test")
	require.NoError(t, err)
	require.Equal(t, id.UserID("@ben:test"), holder, "another app's bot has conversations of its own")
}

func TestGreeted(t *testing.T) {
	db, ctx := open(t), t.Context()
	for range 2 {
		require.NoError(t, db.PutGreeted(ctx, "T1", "UBOT", "U1"), "repeated")
	}
	for bot, want := range map[string]bool{"UBOT": true, "UOTHER": false} {
		greeted, err := db.IsGreeted(ctx, "T1", bot, "U1")
		require.NoError(t, err)
		require.Equal(t, want, greeted, bot)
	}
}
