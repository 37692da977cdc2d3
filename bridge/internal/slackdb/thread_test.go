package slackdb_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/database/databasetest"
)

// TestDropMessages forgets the few messages of one of two rooms.
func TestDropMessages(t *testing.T) { onBoth(t, dropMessages) }

func dropMessages(t *testing.T, parent *dbutil.Database) {
	db, _ := withAll(t, parent)
	for _, ghost := range []string{"alice", "bob"} {
		execute(t, parent, aRoom(ghost, "@"+ghost+":test")...)
	}
	require.NoError(t, db.DropMessages(t.Context(), "", "T1-Calice"))
	require.Empty(t, databasetest.Holding(t, parent, "$malice"))
	require.Empty(t, databasetest.Holding(t, parent, "$ralice"), "reactions go with their message")
	require.Contains(t, databasetest.Holding(t, parent, "$mbob"), "message.mxid")
	require.Contains(t, databasetest.Holding(t, parent, "$rbob"), "reaction.mxid")
}
