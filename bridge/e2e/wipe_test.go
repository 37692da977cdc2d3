package e2e_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed"
)

// TestWipedDatabase starts the bridge on an empty database while the homeserver still
// has its rooms: it creates new ones, and the aliases of public channels lead to them
// (docs/runbook.md, "Wipe one side and keep the other").
func TestWipedDatabase(t *testing.T) {
	bed, before := inGeneral(t, testbed.Options{})
	alias := "#slack_general:" + testbed.ServerName
	require.Equal(t, before, bed.Owner.MustJoin(alias))
	bed.Bridge.MustStop()
	bed.Bridge.MustSet(map[string]any{"database": map[string]any{
		"type": "sqlite3-fk-wal", "uri": "file:new.db?_txlock=immediate",
	}})
	bed.Bridge.MustStart()

	general := bed.Owner.MustJoin(bed.Owner.AwaitInvite("#general").String())
	require.NotEqual(t, before, general)
	bed.Bridge.AwaitLog("Taking an alias from a room that is no longer bridged")
	bed.Await("the alias of the new room", func() bool { return bed.Owner.MustJoin(alias) == general })
	bed.Slack.Person("alice").MustPost("general", "is anyone here?")
	bed.Owner.AwaitText(general, "is anyone here?")
	bed.Owner.MustSend(general, "in the new room")
	bed.Slack.AwaitPost("general", "in the new room")
}
