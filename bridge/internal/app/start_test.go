package app

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// TestUpgradeError has a database that is not this bridge's: the code is that of
// docs/runbook.md, whoever finds out.
func TestUpgradeError(t *testing.T) {
	a := &App{config: &settings.Config{}}
	for _, err := range []error{dbutil.ErrForeignTables, dbutil.ErrNotOwned, dbutil.ErrUnsupportedDatabaseVersion} {
		require.Equal(t, exit.Config, exit.Of(a.upgradeError(bridgev2.DBUpgradeError{Section: "slack", Err: err})), err)
	}
}
