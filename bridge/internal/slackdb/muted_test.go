package slackdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

func TestMuted(t *testing.T) {
	db, ctx := open(t), t.Context()
	for _, person := range []id.UserID{"@bob:test", "@ann:test", "@bob:test"} {
		require.NoError(t, db.PutMuted(ctx, person, "@boss:test"))
	}
	for _, want := range [][]id.UserID{{"@ann:test", "@bob:test"}, {"@ann:test"}, {"@ann:test"}} {
		people, err := db.Muted(ctx)
		require.NoError(t, err)
		require.Equal(t, want, people)
		require.NoError(t, db.DropMuted(ctx, "@bob:test"))
	}
}
