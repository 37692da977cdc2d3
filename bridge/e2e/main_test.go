// Package e2e_test holds the scenarios: what people on both sides see when the
// real bridge runs between a real homeserver and the Slack emulator. There is one
// file for each capability. What a scenario needs to know about processes belongs in
// bridge/internal/testbed.
package e2e_test

import (
	"testing"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed"
)

func TestMain(m *testing.M) { testbed.Main(m) }

// onBoth runs a scenario on each database.
func onBoth(t *testing.T, scenario func(*testing.T, testbed.Database)) {
	t.Run("SQLite", func(t *testing.T) { scenario(t, testbed.SQLite) })
	t.Run("PostgreSQL", func(t *testing.T) { scenario(t, testbed.PostgreSQL) })
}

// inGeneral starts a bridge and brings the owner into #general.
func inGeneral(t *testing.T, options testbed.Options) (*testbed.Bed, id.RoomID) {
	bed := testbed.Start(t, options)
	return bed, bed.Owner.AwaitRoom("#general")
}

// onEach runs a scenario on each database and with continuwuity's manners.
func onEach(t *testing.T, scenario func(*testing.T, testbed.Options)) {
	onBoth(t, func(t *testing.T, database testbed.Database) { scenario(t, testbed.Options{Database: database}) })
	t.Run("continuwuity", func(t *testing.T) { scenario(t, testbed.Options{Manners: testbed.Continuwuity}) })
}

// onManners runs a scenario with each homeserver's manners.
func onManners(t *testing.T, scenario func(*testing.T, testbed.Options)) {
	t.Run("Synapse", func(t *testing.T) { scenario(t, testbed.Options{}) })
	t.Run("continuwuity", func(t *testing.T) { scenario(t, testbed.Options{Manners: testbed.Continuwuity}) })
}
