package app

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// TestStartSaysOfADatabaseWhatTheDoctorSays: the start and the doctor find the same
// database, and an operator's scripts must not see two exit codes for it.
func TestStartSaysOfADatabaseWhatTheDoctorSays(t *testing.T) {
	config := &settings.Config{Path: "config.yaml"}
	a := &App{config: config}
	for name, found := range map[string]error{
		"of a newer bridge":    fmt.Errorf("%w: version is at 1000", dbutil.ErrUnsupportedDatabaseVersion),
		"of another bridge":    dbutil.NotOwnedError{Owner: "another/bridge"},
		"of something else":    fmt.Errorf("%w: synapse's", dbutil.ErrForeignTables),
		"of a newer connector": fmt.Errorf("inbox: %w", dbutil.ErrUnsupportedDatabaseVersion),
	} {
		t.Run(name, func(t *testing.T) {
			err := a.startError(bridgev2.DBUpgradeError{Section: "main", Err: found})
			require.Equal(t, exit.Config, exit.Of(err))
			require.EqualError(t, err, database.Explain(config, found).Error())
		})
	}
	require.Equal(t, exit.Unavailable, exit.Of(a.startError(bridgev2.DBUpgradeError{Section: "main", Err: fmt.Errorf("disk I/O error")})))
}
