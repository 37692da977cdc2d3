package slackdb_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestOptingOut(t *testing.T) {
	db, ctx := open(t), t.Context()
	for range 2 {
		require.NoError(t, db.OptOut(ctx, "@ann:test", time.Unix(1_700_000_000, 0)), "repeated")
		require.NoError(t, db.PutOptOutTold(ctx, "@ann:test", "!r1:test"), "repeated")
	}
	require.NoError(t, db.OptOut(ctx, "t1-u1", time.Unix(1_700_000_000, 0)))
	out, err := db.OptedOut(ctx)
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"@ann:test", "t1-u1"}, out)
	told, err := db.IsOptOutTold(ctx, "@ann:test", "!r1:test")
	require.NoError(t, err)
	require.True(t, told)

	require.NoError(t, db.OptIn(ctx, "@ann:test"))
	out, err = db.OptedOut(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"t1-u1"}, out)
	told, err = db.IsOptOutTold(ctx, "@ann:test", "!r1:test")
	require.NoError(t, err)
	require.False(t, told, "the next time it is said again")
}
