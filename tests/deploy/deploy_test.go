package deploy_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestFirstDeployment: the host is switched, asked, and keeps the new system, although
// it still waits for Slack tokens, a name and a certificate, which is said.
func TestFirstDeployment(t *testing.T) {
	h := newHost(t)
	for _, old := range []string{"1", "2", "3", "4", "5", "6"} {
		h.write("root/var/lib/ops-deploy/releases/2026010"+old+"T000000Z-000000000000/flake.nix", "")
	}
	got := h.deploy()
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "waits    slack.tokens")
	require.Contains(t, got.said, "[certificate.untrusted]")
	require.Contains(t, got.said, "activating ")

	next := h.running()
	require.NotEqual(t, "old-nixos-system", next)
	require.Equal(t, next, h.profile())
	require.Contains(t, h.read("root/boot/default"), next)
	require.Equal(t, "confirmed", h.phase())
	require.False(t, h.exists("standin/units/ops-deploy-rollback/timer"), "the dead-man timer is stopped")

	release := filepath.Join("root/var/lib/ops-deploy/current")
	require.Equal(t, h.git("rev-parse", "HEAD")+"\n", h.read(release+"/revision"))
	require.Contains(t, h.read(release+"/doctor.json"), `"ok": true`)
	require.False(t, h.exists(release+"/.git"))
	require.False(t, h.exists("root/var/lib/ops-deploy/next"), "the profile keeps the system")
	for _, name := range []string{"forgejo", "slack_bridge"} {
		dump := h.command("zstd", "-dcq", h.only("root/var/lib/ops-deploy/dumps/*/"+name+".sql.zstd"))
		require.Equal(t, "-- the database "+name+"\n", dump)
	}
	require.Len(t, h.all("root/var/lib/ops-deploy/releases/*"), 5, "older ones are gone")
	info, err := os.Stat(filepath.Join(h.root, "var/lib/ops-deploy"))
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o700), info.Mode().Perm())
	require.Empty(t, h.all("tmp/*"), "nothing stays in the host's temporary folder")

	// The way back is there before the first step forward, copies before both, and the
	// programs that are switched to have the umask of a service.
	order := slices.DeleteFunc(h.calls(""), func(call string) bool {
		return !slices.ContainsFunc([]string{"pg_dump", "nix --extra", "systemd-run", next, "nix-env"}, func(begin string) bool { return strings.HasPrefix(call, begin) })
	})
	require.Regexp(t, `(?s)^nix .* eval .*\nnix .*ssh-to-age\npg_dump --create -- forgejo\npg_dump --create -- slack_bridge\n`+
		`nix .* build .*--out-link .*\nsystemd-run .*--unit=ops-deploy-rollback .*--on-active=900s .*\nsystemd-run .*--unit=ops-deploy-activate .*\n`+
		next+` switch-to-configuration test, umask 0022\nsystemd-run .*--unit=ops-deploy-confirm .*\nnix-env .*\n`+
		next+` switch-to-configuration boot, umask 0022$`, strings.Join(order, "\n"))
}

// TestSecondDeployment: a commit after another, and one that is there already.
func TestSecondDeployment(t *testing.T) {
	h := newHost(t)
	require.Equal(t, 0, h.deploy().code)
	first := h.running()
	h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"vps\"; }\n")
	h.commit("Second")
	require.Equal(t, 0, h.deploy().code)
	require.NotEqual(t, first, h.running())
	require.Equal(t, 0, h.deploy("--ref", "HEAD~1", "--replace").code)
	require.Equal(t, first, h.running())
	require.Equal(t, first, h.profile())
}

// TestOrderThatFails: a first deployment is before the names lead to the host, and is not
// taken back for it. As NixOS has the unit, it would be.
func TestOrderThatFails(t *testing.T) {
	h := newHost(t)
	h.write("standin/order-unit", "[Service]\nType=oneshot\n")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "acme-order-renew-vps.service")
	h.requireAsBefore()
	h.write("standin/order-unit", orderUnit(t))
	require.Equal(t, 0, h.deploy().code)
}

func TestFailingEvaluation(t *testing.T) {
	h := newHost(t)
	h.say("eval-fails")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "error: hosts: attribute missing")
	h.requireAsBefore()
	require.Empty(t, h.phase())
}

func TestFailingBuild(t *testing.T) {
	h := newHost(t)
	h.say("build-fails")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "builder for slack-bridge failed with exit code 2")
	require.Contains(t, got.said, "the host is as it was")
	h.requireAsBefore()
	require.Empty(t, h.calls("systemd-run"), "nothing was begun")
}

func TestFailingDump(t *testing.T) {
	for name, tc := range map[string]struct{ fault, said string }{
		"PostgreSQL is down": {"postgres-is-down", "systemctl start postgresql; or deploy with --no-dump"},
		"a copy fails":       {"dump-fails", "the database forgejo cannot be copied"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.write("root/var/lib/slack-bridge/secrets/appservice.as_token", "as-0123456789abcdef")
			h.say(tc.fault)
			got := h.deploy()
			require.Equal(t, 1, got.code)
			require.Contains(t, got.said, tc.said)
			h.requireAsBefore()
			require.Equal(t, 0, h.deploy("--no-dump").code)
		})
	}
}

func TestFailingSwitch(t *testing.T) {
	h := newHost(t)
	h.say("switch-fails")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "switch-to-configuration ended with 4")
	require.Contains(t, got.said, "rolled back to ")
	require.Contains(t, got.said, "ops-restore database NAME FILE, with a file of "+h.root, "copies are named")
	h.requireAsBefore()
	require.Equal(t, "rolled-back", h.phase())
	require.Equal(t, []string{"old-nixos-system switch-to-configuration test, umask 0022"}, h.calls("old-nixos-system"))
}

func TestHostThatIsNotWell(t *testing.T) {
	h := newHost(t)
	h.report("token-refused")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "FAILED   homeserver.token")
	require.Contains(t, got.said, "the host is not well; the host is as it was")
	h.requireAsBefore()

	// And the next one, after it was mended.
	h.report("first-day")
	require.Equal(t, 0, h.deploy().code)
	require.NotEqual(t, "old-nixos-system", h.running())
}

func TestBootLoaderThatFails(t *testing.T) {
	h := newHost(t)
	h.say("boot-fails")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "cannot copy the kernel: No space left on device", "why it was not confirmed")
	h.requireAsBefore()
}

func TestTimerThatCannotBeSet(t *testing.T) {
	for _, unit := range []string{"ops-deploy-rollback", "ops-deploy-activate"} {
		t.Run(unit, func(t *testing.T) {
			h := newHost(t)
			h.say("no-" + unit)
			got := h.deploy()
			require.Equal(t, 1, got.code)
			require.Contains(t, got.said, "nothing was switched")
			h.requireAsBefore()
			require.Empty(t, h.calls("old-nixos-system"))
		})
	}
}

func TestWayBackThatFails(t *testing.T) {
	h := newHost(t)
	h.report("token-refused")
	h.say("way-back-fails")
	got := h.deploy()
	require.Equal(t, 2, got.code)
	require.Contains(t, got.said, "the rollback did not succeed")
	require.Equal(t, "not-rolled-back", h.phase())
	require.Equal(t, 2, h.deploy("rollback").code, "by hand too")
	h.unsay("way-back-fails")
	require.Equal(t, 0, h.deploy("rollback").code)
	h.requireAsBefore()
}

// TestConnectionLost: the host is cut off while it switches, as by a wrong firewall, and
// takes itself back.
func TestConnectionLost(t *testing.T) {
	h := newHost(t)
	h.say("switch-waits")
	ended := h.begin("--dead-man", "20", "--health", "10")
	h.await("the switch", func() bool { return h.exists("standin/reached-switch") })
	h.stopSSHD()
	h.await("the dead-man timer", func() bool { return h.phase() == "rolled-back" })
	h.requireAsBefore()
	require.Equal(t, []string{"old-nixos-system switch-to-configuration test, umask 0022"}, h.calls("old-nixos-system"))
	require.False(t, h.exists("standin/units/ops-deploy-activate/running"), "the switch was ended first")

	h.startSSHD()
	got := ended()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "the host is as it was")
}

// TestConnectionCut: it is cut, as by a restart of sshd, and comes back: the deployment
// goes on.
func TestConnectionCut(t *testing.T) {
	h := newHost(t)
	h.say("switch-waits")
	ended := h.begin()
	h.await("the switch", func() bool { return h.exists("standin/reached-switch") })
	h.stopSSHD()
	h.unsay("switch-waits")
	h.startSSHD()
	require.Equal(t, 0, ended().code)
	require.Equal(t, "confirmed", h.phase())
	require.Equal(t, h.running(), h.profile())
}

// TestConnectionCutWhileBuilding: no terminal waits for the build any more, so nothing is
// switched.
func TestConnectionCutWhileBuilding(t *testing.T) {
	h := newHost(t)
	h.say("build-waits")
	ended := h.begin()
	h.await("the build", func() bool { return len(h.calls("nix --extra-experimental-features nix-command flakes build")) > 0 })
	h.stopSSHD()
	h.startSSHD()
	h.unsay("build-waits")
	got := ended()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "the host is as it was")
	h.requireAsBefore()
	require.Empty(t, h.calls("systemd-run"))
}

func TestOneAtATime(t *testing.T) {
	t.Run("while another prepares", func(t *testing.T) {
		h := newHost(t)
		h.write("root/var/lib/ops-deploy/lock", "20260101T000000Z-000000000000 from 192.0.2.1\n")
		file, err := os.Open(filepath.Join(h.root, "var/lib/ops-deploy/lock"))
		require.NoError(t, err)
		defer file.Close()
		require.NoError(t, syscall.Flock(int(file.Fd()), syscall.LOCK_EX))
		for _, args := range [][]string{nil, {"--dry-run"}} {
			got := h.deploy(args...)
			require.Equal(t, 75, got.code)
			require.Contains(t, got.said, "another deployment is being prepared: 20260101T000000Z-000000000000 from 192.0.2.1")
		}
		h.requireAsBefore()
	})
	t.Run("while another is not confirmed", func(t *testing.T) {
		h := newHost(t)
		h.say("switch-waits")
		ended := h.begin()
		h.await("the switch", func() bool { return h.exists("standin/reached-switch") })
		got := h.deploy()
		require.Equal(t, 75, got.code)
		require.Regexp(t, `the deployment of \S+ is pending`, got.said)
		for _, args := range [][]string{{"adopt"}, {"adopt", "--dry-run"}} {
			got = h.deploy(args...)
			require.Equal(t, 75, got.code, args)
			require.Regexp(t, `the deployment of \S+ is pending`, got.said)
		}
		h.unsay("switch-waits")
		require.Equal(t, 0, ended().code)
	})
	t.Run("after a restart of the host", func(t *testing.T) {
		h := newHost(t)
		h.write("root/var/lib/ops-deploy/state/pending/release", "20260101T000000Z-000000000000\n")
		h.write("root/var/lib/ops-deploy/state/pending/boot", "another\n")
		got := h.deploy()
		require.Equal(t, 0, got.code)
		require.Contains(t, got.said, "the host was restarted while 20260101T000000Z-000000000000 was pending")
	})
}

func TestDryRunChangesNothing(t *testing.T) {
	h := newHost(t)
	before, checkout := snapshot(t, h.root), snapshot(t, h.checkout)
	got := h.deploy("--dry-run")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "the host and the commit fit")
	require.Contains(t, got.said, "would copy forgejo, slack_bridge")
	require.Contains(t, got.said, "these 2 derivations will be built")
	require.Contains(t, got.said, "nothing was changed")
	require.Equal(t, before, snapshot(t, h.root))
	require.Equal(t, checkout, snapshot(t, h.checkout))
	require.Empty(t, h.all("tmp/*"), "what was sent is gone")
	require.Empty(t, h.calls("systemd-run"))

	h.setFacts("boot", "efi")
	require.Equal(t, 78, h.deploy("--dry-run").code)
	require.Equal(t, before, snapshot(t, h.root))
	require.Empty(t, h.all("tmp/*"), "what was sent is gone")
}

func TestRollbackByHand(t *testing.T) {
	h := newHost(t)
	got := h.deploy("rollback")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "nothing is pending")

	// The operator's machine is gone while the host switches.
	h.say("switch-waits")
	ended := h.begin("--dead-man", "600", "--health", "10")
	h.await("the switch", func() bool { return h.exists("standin/reached-switch") })
	got = h.deploy("rollback", "--dry-run")
	require.Equal(t, 0, got.code)
	require.Regexp(t, `(?m)^pending \d{8}T`, got.said)
	got = h.deploy("rollback")
	require.Equal(t, 0, got.code)
	require.Contains(t, got.said, "rolled back to ")
	h.requireAsBefore()
	require.Equal(t, 1, ended().code)
	h.requireAsBefore()
}

func TestCheck(t *testing.T) {
	h := newHost(t)
	got := h.deploy("check")
	require.Equal(t, 0, got.code)
	h.report("token-refused")
	require.Equal(t, 77, h.deploy("check").code)
}

// all are the files of a pattern under the test's folder.
func (h *host) all(pattern string) []string {
	h.t.Helper()
	found, err := filepath.Glob(filepath.Join(h.dir, pattern))
	require.NoError(h.t, err)
	return found
}

// only is the one file of a pattern.
func (h *host) only(pattern string) string {
	h.t.Helper()
	found := h.all(pattern)
	require.Len(h.t, found, 1)
	return found[0]
}
