//go:build stack

package stack_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/transcript"
)

const (
	copying = "ops-backup-bridge.service"
	copies  = "/var/backup/slack-bridge"
)

// testSQLite: the host with the bridge's database in a file. Its unit copies the database
// while the bridge runs, shut off from everything else; the copy goes off the host, comes back,
// and is put back as the runbook says.
func testSQLite(t *testing.T, s *site) {
	s.needTokens(t)
	ctx, cancel := context.WithTimeout(t.Context(), 4*patience)
	defer cancel()
	admin := s.admin(t)
	before := s.general(ctx, t, admin)
	s.bringSQLite(t)
	defer s.leaveSQLite(t)

	// A database of its own knows none of the rooms of before.
	room, err := admin.AwaitInvite(ctx, "#"+channel)
	require.NoError(t, err)
	require.NotEqual(t, before, room)
	defer func() { require.NoError(t, admin.Leave(context.WithoutCancel(ctx), room)) }()
	t.Run("messages cross", func(t *testing.T) { s.requireMessagesIn(ctx, t, admin, room) })
	t.Run("lines", func(t *testing.T) { s.requireLines(t, copying) })
	t.Run("figure", func(t *testing.T) { s.requireFigure(t, copying) })
	t.Run("reach", func(t *testing.T) { s.requireReach(t) })
	t.Run("copies", func(t *testing.T) { s.requireCopies(t) })
	t.Run("off the host", func(t *testing.T) { s.requireOffsite(t) })
	t.Run("to another server", func(t *testing.T) { s.requireOffsiteElsewhere(t) })
	t.Run("restore", func(t *testing.T) {
		s.restoreSQLite(t)
		s.requireMessagesIn(ctx, t, admin, room)
	})
}

func (s *site) bringSQLite(t *testing.T) {
	t.Helper()
	s.newResticPassword(t)
	_, failed := s.install(t, s.make(t, sqlite))
	require.NoError(t, failed)
	s.run(t, "systemd-tmpfiles", "--create")
	s.awaitState(t, bridge, "active")
	s.awaitHomeserver(t)
}

// leaveSQLite gives the machine the evaluated host again, and leaves nothing of this one.
func (s *site) leaveSQLite(t *testing.T) {
	s.heal(t)
	s.run(t, "sh", "-euc", "rm -rf "+state+"/bridge.db* "+copies+" /etc/systemd/system/"+copying+"* /etc/systemd/system/"+offsite+"* /mnt/offsite /var/lib/ops-backup /usr/bin/restic-offsite; systemctl daemon-reload")
}

// found are the names, modes and owners of the files in the folder of copies.
func (s *site) found(t *testing.T) string {
	t.Helper()
	return s.run(t, "sh", "-c", "find "+copies+" -mindepth 1 -printf '%M %u:%g %f\n' | sort")
}

// requireCopies starts the unit as the timer and a deployment do.
func (s *site) requireCopies(t *testing.T) {
	t.Run("before the bridge's first start there is nothing to copy", func(t *testing.T) {
		s.run(t, "mv", state+"/config.yaml", state+"/config.yaml.away")
		s.run(t, "systemctl", "start", copying)
		s.run(t, "mv", state+"/config.yaml.away", state+"/config.yaml")
		require.Empty(t, s.found(t))
	})
	t.Run("one is whole and the bridge user's alone", func(t *testing.T) {
		pid := s.mainPID(t, bridge)
		s.run(t, "systemctl", "start", copying)
		require.Regexp(t, `^-rw------- slack_bridge:slack_bridge bridge-\d{8}-\d{6}\.tar\n$`, s.found(t))
		require.Contains(t, s.run(t, "slack-bridge", "backup", "--check", s.newestCopy(t)), ": whole, made ")
		require.Equal(t, pid, s.mainPID(t, bridge), "the bridge runs on")
	})
	t.Run("the oldest make room, and what was left half done goes", func(t *testing.T) {
		newest := filepath.Base(s.newestCopy(t))
		for _, night := range []string{"20250101", "20250102", "20250103"} {
			s.run(t, "touch", copies+"/bridge-"+night+"-033000.tar")
		}
		s.run(t, "mkdir", copies+"/.slack-bridge-backup-killed")
		s.run(t, "systemctl", "start", copying)
		names := strings.Split(strings.TrimSpace(s.run(t, "ls", "-A", copies)), "\n")
		require.Len(t, names, 3, "ops.backup.keep")
		require.Equal(t, []string{"bridge-20250103-033000.tar", newest}, names[:2])
		s.run(t, "rm", copies+"/"+names[0], copies+"/"+names[1])
	})
	t.Run("a copy that fails says why, and takes nothing away", func(t *testing.T) {
		s.run(t, "sh", "-c", "mv "+state+"/bridge.db "+state+"/bridge.db.away")
		_, err := s.machine.Run(t.Context(), "systemctl", "start", copying)
		s.run(t, "sh", "-c", "mv "+state+"/bridge.db.away "+state+"/bridge.db")
		require.Error(t, err)
		s.awaitJournal(t, copying, "the bridge has not made its tables in it yet")
		require.FileExists(t, s.machine.Path(s.newestCopy(t)))
	})
}

// newestCopy is the file that was written last.
func (s *site) newestCopy(t *testing.T) string {
	t.Helper()
	return strings.TrimSpace(s.run(t, "sh", "-c", "ls "+copies+"/bridge-*.tar | tail -n 1"))
}

// probe tries what the unit must be able to do and what not, a line each.
const probe = `#!/bin/sh
try() { if "$@" >/dev/null 2>&1; then echo "may $*"; else echo "may not $*"; fi; }
for folder in /var/backup/slack-bridge /var/lib/slack-bridge /tmp /var/backup /var/lib /etc /run /root; do
  try touch $folder/probe
done
rm -f /var/backup/slack-bridge/probe /var/lib/slack-bridge/probe
for family in INET UNIX; do try python3 -c "import socket; socket.socket(socket.AF_$family)"; done
try ls /proc/1
try cat /var/lib/acme/clarun.xyz/key.pem
`

// requireReach runs the probe in the copying's place, with everything else as the unit has it.
func (s *site) requireReach(t *testing.T) {
	t.Helper()
	dropIn := "/run/systemd/system/" + copying + ".d"
	s.run(t, "mkdir", "-p", dropIn)
	require.NoError(t, os.WriteFile(s.machine.Path("/opt/probe"), []byte(probe), 0o755))
	require.NoError(t, os.WriteFile(s.machine.Path(dropIn+"/probe.conf"), []byte("[Service]\nExecStart=\nExecStart=/opt/probe\n"), 0o644))
	s.run(t, "systemctl", "daemon-reload")
	begin := time.Now()
	s.run(t, "systemctl", "start", copying)
	said := s.run(t, "journalctl", "--no-pager", "--output=cat", "--identifier=probe", fmt.Sprintf("--since=@%d", begin.Unix()))
	s.run(t, "rm", "-r", dropIn, "/opt/probe")
	s.run(t, "systemctl", "daemon-reload")
	require.Equal(t, `may touch /var/backup/slack-bridge/probe
may touch /var/lib/slack-bridge/probe
may touch /tmp/probe
may not touch /var/backup/probe
may not touch /var/lib/probe
may not touch /etc/probe
may not touch /run/probe
may not touch /root/probe
may not python3 -c import socket; socket.socket(socket.AF_INET)
may not python3 -c import socket; socket.socket(socket.AF_UNIX)
may not ls /proc/1
may not cat /var/lib/acme/clarun.xyz/key.pem
`, said)
}

// restoreSQLite types what the runbook shows, and holds what is printed against it.
func (s *site) restoreSQLite(t *testing.T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.root, "docs/runbook.md"))
	require.NoError(t, err)
	blocks, err := transcript.Parse(strings.ReplaceAll(string(text), copies+"/bridge-20261122-033000.tar", s.newestCopy(t)))
	require.NoError(t, err)
	var typed transcript.Step
	for _, block := range blocks {
		restores := func(step transcript.Step) bool { return strings.Contains(step.Command, "slack-bridge restore") }
		if block.Heading != "Restore" || !slices.ContainsFunc(block.Steps, restores) {
			continue
		}
		for _, step := range block.Steps {
			typed.Command += step.Command + "\n"
			typed.Shown = append(typed.Shown, step.Shown...)
		}
	}
	require.NotEmpty(t, typed.Command, "the runbook says how a copy is put back")
	require.NoError(t, typed.Compare(s.run(t, "bash", "-euc", typed.Command)))
	s.awaitState(t, bridge, "active")
}
