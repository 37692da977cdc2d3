package deploy_test

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestInterruptedDecision: what was killed in the middle of a rollback or a
// confirmation, or failed, is brought to its end by hand; until then nothing new begins.
func TestInterruptedDecision(t *testing.T) {
	for _, phase := range []string{"rolling-back", "confirming", "not-rolled-back"} {
		t.Run(phase, func(t *testing.T) {
			h := newHost(t)
			require.Equal(t, 0, h.deploy().code)
			states := h.root + "/var/lib/ops-deploy/state/"
			h.command("mv", states+"confirmed", states+phase)
			// systemd keeps nothing of a unit that is through.
			h.command("rm", "-rf", h.standin+"/units")
			if phase != "not-rolled-back" {
				got := h.deploy()
				require.Equal(t, 75, got.code)
				require.Contains(t, got.said, "deploy rollback")
			}
			got := h.deploy("rollback")
			require.Equal(t, 0, got.code)
			require.Contains(t, got.said, "rolled back to ")
			h.requireAsBefore()
			require.Equal(t, 0, h.deploy().code)
		})
	}
}

// TestConnectionCutWhileConfirming: it is asked again, and waits for the one that is at
// work.
func TestConnectionCutWhileConfirming(t *testing.T) {
	h := newHost(t)
	h.say("boot-waits")
	ended := h.begin()
	h.await("the confirmation", func() bool { return h.exists("standin/reached-boot") })
	h.stopSSHD()
	h.startSSHD()
	h.await("the second question", func() bool {
		return len(h.calls("systemd-run --quiet --no-ask-password --collect --unit=ops-deploy-confirm")) > 1
	})
	h.unsay("boot-waits")
	require.Equal(t, 0, ended().code)
	require.Equal(t, "confirmed", h.phase())
	require.Equal(t, h.running(), h.profile())
}

// TestConfirmedWithoutAnAnswer: the host was confirmed and could not say it in time.
// Nothing can be taken back then, and nothing is claimed to have been.
func TestConfirmedWithoutAnAnswer(t *testing.T) {
	h := newHost(t)
	h.say("boot-waits")
	ended := h.begin("--dead-man", "8", "--health", "5")
	h.await("the confirmation", func() bool { return h.exists("standin/reached-boot") })
	h.stopSSHD()
	h.unsay("boot-waits")
	h.await("it is confirmed", func() bool { return h.phase() == "confirmed" })
	// Longer than the confirmation is insisted on.
	h.await("it gives up", func() bool { return strings.Contains(h.saying.String(), "its dead-man timer") })
	h.startSSHD()
	got := ended()
	require.Equal(t, 0, got.code)
	require.NotContains(t, got.said, "the host is as it was")
	require.Equal(t, "confirmed", h.phase())
}

// TestOthersDeployment: who gives up takes back his own deployment, not the one that
// another person has begun since.
func TestOthersDeployment(t *testing.T) {
	h := newHost(t)
	require.Equal(t, 0, h.deploy().code)
	mine := strings.TrimSpace(h.read("root/var/lib/ops-deploy/state/confirmed/release"))
	h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"vps\"; }\n")
	h.commit("Second")
	h.say("switch-waits")
	ended := h.begin()
	h.await("the other's switch", func() bool { return h.phase() == "pending" && len(h.calls("systemd-run")) > 4 })
	out := h.command("bash", h.checkout+"/deploy/host/run", "rollback", mine)
	require.Contains(t, out, "is pending")
	require.Equal(t, "pending", h.phase())
	h.unsay("switch-waits")
	require.Equal(t, 0, ended().code)
}

// TestSystemWithoutDoctor is refused before anything is switched.
func TestSystemWithoutDoctor(t *testing.T) {
	h := newHost(t)
	h.say("no-doctor")
	got := h.deploy()
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "no ops-doctor")
	h.requireAsBefore()
	require.Empty(t, h.calls("systemd-run"))
}

// TestDoctorThatHangs: a health check without an end is one that failed.
func TestDoctorThatHangs(t *testing.T) {
	h := newHost(t)
	h.say("doctor-hangs")
	got := h.deploy("--health", "1")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.said, "ops-doctor did not end")
	h.requireAsBefore()
}

// TestCutOffInTheMiddle: every command ends as documented when the host goes away.
func TestCutOffInTheMiddle(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		code int
	}{
		"dry run": {[]string{"--dry-run"}, 69},
		"check":   {[]string{"check"}, 69},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.say("doctor-hangs")
			h.say("evaluation-waits")
			ended := h.begin(tc.args...)
			h.await("the host is asked", func() bool { return len(h.calls("nix"))+len(h.calls("ops-doctor")) > 0 })
			h.stopSSHD()
			got := ended()
			require.Equal(t, tc.code, got.code)
			require.Contains(t, got.said, "the connection to vps")
			h.unsay("doctor-hangs")
			h.unsay("evaluation-waits")
		})
	}
}

// TestCopyCutInTheMiddle: what has arrived of a commit when the connection is cut is never
// built, and the next deployment sends all of it.
func TestCopyCutInTheMiddle(t *testing.T) {
	h := newHost(t)
	noise := make([]byte, 4<<20)
	_, err := rand.Read(noise)
	require.NoError(t, err)
	h.write("checkout/noise", string(noise))
	h.commit("a file that takes a while")
	whole, err := exec.LookPath("rsync")
	require.NoError(t, err)
	h.write("shims/rsync", fmt.Sprintf("#!/bin/bash\n[ -e \"$STANDIN/copy-waits\" ] || exec %[1]s \"$@\"\n"+
		"(stdbuf -o0 head -c 1000000; touch \"$STANDIN/reached-copy\"; while [ -e \"$STANDIN/copy-waits\" ]; do sleep 0.1; done) | %[1]s \"$@\"\n", whole))
	require.NoError(t, os.Chmod(filepath.Join(h.dir, "shims", "rsync"), 0o755))
	h.say("copy-waits")
	ended := h.begin()
	h.await("the middle of the copy", func() bool { return h.exists("standin/reached-copy") })
	h.stopSSHD()
	h.unsay("copy-waits")
	got := ended()
	require.Equal(t, 69, got.code, got.said)
	require.Contains(t, got.said, "vps did not take the files")
	require.Empty(t, h.calls("nix"), "nothing is built of half a commit")
	h.requireAsBefore()

	h.startSSHD()
	require.Equal(t, 0, h.deploy().code)
	arrived, err := os.ReadFile(h.only("root/var/lib/ops-deploy/releases/*/noise"))
	require.NoError(t, err)
	require.Equal(t, noise, arrived)
}
