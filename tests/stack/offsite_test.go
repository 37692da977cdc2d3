//go:build stack

package stack_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	offsite = "restic-backups-offsite.service"
	// worked is what the system's exporter shows of it.
	worked = "/var/lib/ops-backup/metrics/offsite.prom"
	metric = "ops_backup_offsite_last_success_timestamp_seconds "
)

// pushed starts the unit, and shows every command line and environment that there was meanwhile.
const pushed = `
cd /
systemctl start restic-backups-offsite & job=$!
while kill -0 "$job" 2>/dev/null; do
  cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\0' '\n' || true
done | sort -u
wait "$job"
`

// newResticPassword gives the machine's secrets the password of the repository.
func (s *site) newResticPassword(t *testing.T) {
	t.Helper()
	s.secrets["restic-password"] = rand.Text()
	s.parts.Secrets = s.encrypt(t, s.secrets)
}

// requireOffsite pushes the copies with Debian's restic into a repository in a folder, has it
// fail in two ways, and gets the copies back out of it.
func (s *site) requireOffsite(t *testing.T) {
	t.Run("before the first time the metric says never", func(t *testing.T) {
		require.Equal(t, metric+"0\n", s.run(t, "cat", worked))
	})
	t.Run("the first time makes the repository, and shows the password to no one", func(t *testing.T) {
		begun := time.Now().Unix()
		shown := s.run(t, "bash", "-euo", "pipefail", "-c", pushed)
		require.Contains(t, shown, "--files-from=/run/restic-backups-offsite/includes", "the command was seen")
		require.False(t, strings.Contains(shown, s.secrets["restic-password"]), "a command line or an environment shows the password")
		require.Len(t, s.snapshots(t), 1)
		require.GreaterOrEqual(t, s.lastWorked(t), begun)
	})
	t.Run("what is too old goes, and what is kept stays", func(t *testing.T) {
		for _, hour := range []string{"04", "05", "06"} {
			s.run(t, "restic-offsite", "backup", "--quiet", "--time", "2025-06-01 "+hour+":30:00", "--files-from", "/nix/store/staticPaths")
		}
		s.run(t, "systemctl", "start", offsite)
		made := s.snapshots(t)
		require.Len(t, made, 3, "the last of each day, and the oldest")
		require.Contains(t, made[0], "2025-06-01T04:30:00")
		require.Contains(t, made[1], "2025-06-01T06:30:00")
	})
	t.Run("another password is named, and is no success", func(t *testing.T) {
		s.withSecret(t, "restic-password", "another\n", func() {
			s.requireNotPushed(t, "nothing went off the host: restic-password does not open the repository: put the password into the secrets with which it was made")
		})
	})
	t.Run("a repository that is not there is named, and is no success", func(t *testing.T) {
		s.run(t, "mount", "-t", "tmpfs", "-o", "ro", "none", "/mnt/offsite")
		s.requireNotPushed(t, "nothing went off the host: there is no repository, and none can be made: see that the place that ops.backup.offsite.repository names is there, mounted if it is a disk, and can be written")
		s.run(t, "umount", "/mnt/offsite")
	})
	t.Run("then it goes on", func(t *testing.T) {
		s.run(t, "systemctl", "start", offsite)
		require.Len(t, s.snapshots(t), 3)
	})
	t.Run("what was lost comes back out of it", func(t *testing.T) { s.requireLostComesBack(t) })
}

// requireLostComesBack gets the bridge's copies back as docs/offsite.md says.
func (s *site) requireLostComesBack(t *testing.T) {
	t.Helper()
	sum := s.run(t, "sha256sum", s.newestCopy(t))
	s.run(t, "rm", "-r", copies)
	s.follow(t, "Back on a new server")
	require.Equal(t, sum, s.run(t, "sha256sum", s.newestCopy(t)))
	require.Contains(t, s.run(t, "slack-bridge", "backup", "--check", s.newestCopy(t)), ": whole, made ")
}

// requireNotPushed has the unit fail with a line, and nothing noted.
func (s *site) requireNotPushed(t *testing.T, line string) {
	t.Helper()
	before := s.run(t, "cat", worked)
	_, err := s.machine.Run(t.Context(), "systemctl", "start", offsite)
	require.Error(t, err)
	run := "_SYSTEMD_INVOCATION_ID=" + s.show(t, offsite, "InvocationID")["InvocationID"]
	s.await(t, line, func(ctx context.Context) (bool, error) {
		said, err := s.machine.Run(ctx, "journalctl", "--no-pager", "--output=cat", run)
		return strings.Count(said, line+"\n") == 1, err
	})
	require.Equal(t, before, s.run(t, "cat", worked), "no success is noted")
	s.run(t, "systemctl", "reset-failed", offsite)
}

// snapshots are the times of the copies in the repository, the oldest first.
func (s *site) snapshots(t *testing.T) (times []string) {
	t.Helper()
	var all []struct{ Time string }
	require.NoError(t, json.Unmarshal([]byte(s.run(t, "restic-offsite", "snapshots", "--json")), &all))
	for _, one := range all {
		times = append(times, one.Time)
	}
	slices.Sort(times)
	return times
}

// lastWorked is what the metric says, of a file that the exporter may read.
func (s *site) lastWorked(t *testing.T) (at int64) {
	t.Helper()
	_, err := fmt.Sscanf(s.run(t, "cat", worked), metric+"%d\n", &at)
	require.NoError(t, err)
	info, err := os.Stat(s.machine.Path(worked))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o644), info.Mode())
	return at
}
