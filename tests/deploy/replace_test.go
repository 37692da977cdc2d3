package deploy_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestTwoDeployers: who deploys last does not take back what another one has deployed
// without knowing it.
func TestTwoDeployers(t *testing.T) {
	for name, theirs := range map[string]func(*host){
		"a commit of another branch": func(h *host) {
			h.git("checkout", "--quiet", "-b", "other")
			h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"other\"; }\n")
			h.commit("Theirs")
			require.Equal(h.t, 0, h.deploy().code)
			h.git("checkout", "--quiet", "main")
		},
		"a commit that is not here": func(h *host) {
			h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"other\"; }\n")
			h.commit("Theirs")
			require.Equal(h.t, 0, h.deploy().code)
			h.git("reset", "--quiet", "--hard", "HEAD~1")
			h.git("reflog", "expire", "--expire=now", "--all")
			h.git("gc", "--quiet", "--prune=now")
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			theirs(h)
			running, theirCommit := h.running(), h.read("root/var/lib/ops-deploy/current/revision")
			h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"mine\"; }\n")
			h.commit("Mine")
			for _, args := range [][]string{nil, {"--dry-run"}} {
				got := h.deploy(args...)
				require.Equal(t, 78, got.code)
				require.Contains(t, got.said, "the host runs "+theirCommit[:12])
				require.Contains(t, got.said, "--replace")
				require.Equal(t, running, h.running())
			}
			require.Equal(t, 0, h.deploy("--replace").code)
			require.NotEqual(t, running, h.running())
		})
	}
}

// TestDeployedMeanwhile: what another one deploys between the question and the lock is
// not taken back either.
func TestDeployedMeanwhile(t *testing.T) {
	h := newHost(t)
	require.Equal(t, 0, h.deploy().code)
	// The question is answered before the lock is taken.
	h.write("shims/flock", "#!/bin/sh\necho 1111111111111111111111111111111111111111 >"+h.standin+"/revision\nexec /usr/bin/flock \"$@\"\n")
	h.command("chmod", "+x", h.dir+"/shims/flock")
	h.write("checkout/hosts/vps/default.nix", "{ networking.hostName = \"mine\"; }\n")
	h.commit("Mine")
	running := h.running()
	got := h.deploy()
	require.Equal(t, 75, got.code)
	require.Contains(t, got.said, "1111111111111111111111111111111111111111 was deployed meanwhile")
	require.Equal(t, running, h.running())
}

// TestOlderRelease: the host's half comes with the release, and one that cannot say what
// runs is deployed as it always was.
func TestOlderRelease(t *testing.T) {
	h := newHost(t)
	for name, change := range map[string][2]string{
		"run":      {"begin | commit |", "begin |"},
		"begin.sh": {"for part in lock commit facts", "for part in lock facts"},
	} {
		text := h.read("checkout/deploy/host/" + name)
		require.Contains(t, text, change[0])
		h.write("checkout/deploy/host/"+name, strings.Replace(text, change[0], change[1], 1))
	}
	text := h.read("checkout/deploy/host/begin.sh")
	before, after, found := strings.Cut(text, "[ \"$(running_commit)\"")
	require.True(t, found)
	_, after, _ = strings.Cut(after, "\n")
	h.write("checkout/deploy/host/begin.sh", before+after)
	require.NoError(t, os.Remove(h.checkout+"/deploy/host/commit.sh"))
	h.commit("As it was")
	require.Equal(t, 0, h.deploy().code)
}

// TestInstalledFromAnotherFlake: the commit that the first system names is of what has
// installed it.
func TestInstalledFromAnotherFlake(t *testing.T) {
	h := newHost(t)
	h.write("root/nix/store/old-nixos-system/revision", "3333333333333333333333333333333333333333")
	require.Equal(t, 0, h.deploy().code)
}

// TestRebuiltByHand: the host runs what nixos-rebuild has built, of a commit that only the
// system itself knows.
func TestRebuiltByHand(t *testing.T) {
	h := newHost(t)
	require.Equal(t, 0, h.deploy().code)
	h.write("standin/revision", "2222222222222222222222222222222222222222")
	got := h.deploy()
	require.Equal(t, 78, got.code)
	require.Contains(t, got.said, "the host runs 222222222222")
}
