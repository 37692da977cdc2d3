package doctor

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/settings"
)

// TestEachDiskIsNamedOnce: the spool or the database may be on a disk of their own.
func TestEachDiskIsNamedOnce(t *testing.T) {
	config := &settings.Config{Path: "/etc/bridge/config.yaml"}
	config.Database.Type, config.Database.URI = "sqlite3-fk-wal", "file:/srv/bridge/bridge.db?_txlock=immediate"
	config.Media.SpoolFolder = "/var/spool/bridge"
	folders := Folders(config, os.LookupEnv)
	require.Equal(t, []string{"/etc/bridge", "/srv/bridge", "/var/spool/bridge"}, folders)

	disks := map[string]uint64{"/etc/bridge": 1, "/srv/bridge": 1, "/var/spool/bridge": 2, "/var/lib": 1}
	e := &examination{Options: Options{Config: config.Path}, config: config}
	e.Machine.Free = func(folder string) (free, disk uint64, err error) { return 5 << 20, disks[folder], nil }
	_, found := e.checkDisk(t.Context())
	require.Len(t, found, 2)
	require.Contains(t, found[0].Detail, "/etc/bridge")
	require.Contains(t, found[1].Detail, "/var/spool/bridge")
}
