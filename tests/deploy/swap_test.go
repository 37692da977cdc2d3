package deploy_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// fresh makes the host a small server as it is sold: 2 GB and no swap.
func (h *host) fresh() {
	h.write("root/proc/meminfo", "MemTotal: 2000000 kB\n")
	h.write("root/proc/swaps", "Filename Type Size Used Priority\n")
}

// TestSwapForTheBuild: a server that is too small to build gets swap for as long as it
// builds.
func TestSwapForTheBuild(t *testing.T) {
	for name, tc := range map[string]struct {
		fault string
		code  int
	}{
		"a build that goes through": {"", 0},
		"a build that fails":        {"build-fails", 1},
		"swap that cannot be added": {"swapon-fails", 1},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHost(t)
			h.fresh()
			if tc.fault != "" {
				h.say(tc.fault)
			}
			swaps := h.read("root/proc/swaps")
			got := h.deploy()
			require.Equal(t, tc.code, got.code)
			require.Contains(t, got.said, "adding 3072 MB of swap for the build")
			require.Len(t, h.calls("swapon"), 1)
			require.Equal(t, swaps, h.read("root/proc/swaps"))
			require.False(t, h.exists("root/var/lib/ops-deploy/build-swap"))
		})
	}
}

// TestSwapOfAKilledDeployment is removed by the next one.
func TestSwapOfAKilledDeployment(t *testing.T) {
	h := newHost(t)
	file := h.root + "/var/lib/ops-deploy/build-swap"
	h.write("root/var/lib/ops-deploy/build-swap", "3145728KiB\nSWAPSPACE2\n")
	h.command(standin(t, "swapon"), file)
	require.Equal(t, 0, h.deploy().code)
	require.NotContains(t, h.read("root/proc/swaps"), file)
	require.False(t, h.exists("root/var/lib/ops-deploy/build-swap"))
}

// TestSwapFileTakenBack: what the switch made goes with it, and what was there stays.
func TestSwapFileTakenBack(t *testing.T) {
	h := newHost(t)
	h.write("standin/free", "90000000\n")
	h.write("root/var/other", "")
	h.setFacts("swap-file", "/var/swap 4096", "/var/other 1024")
	h.say("switch-fails")
	require.Equal(t, 1, h.deploy().code)
	require.False(t, h.exists("root/var/swap"))
	require.True(t, h.exists("root/var/other"))
	h.unsay("switch-fails")
	require.Equal(t, 0, h.deploy().code)
	require.True(t, h.exists("root/var/swap"))
}
