package testbed

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"ops-jrz1/bridge/internal/testbed/stack"
)

// What Main has built is handed to Start through the environment, where a person
// can set it too.
const (
	envRoot     = "TESTBED_ROOT"
	envBridge   = "TESTBED_BRIDGE"
	envEmulator = "TESTBED_EMULATOR"
)

// envRace holds the race detector's settings (Go documentation: "Data Race Detector",
// "Options").
const envRace = "GORACE"

// raceSettings are those of the testbed, unless a person sets others: without the first
// every process of the bridge sleeps for a second at its end.
func raceSettings(root string) string {
	exceptions := filepath.Join(root, "bridge", "internal", "testbed", "race-exceptions.txt")
	return cmp.Or(os.Getenv(envRace), "atexit_sleep_ms=0 suppressions="+exceptions)
}

// Main builds the programs once and runs the tests of a package, as its TestMain. The
// bridge has the race detector; its reports fail the test in whose logs they are.
func Main(m *testing.M) {
	ctx := context.Background()
	root, err := stack.Root(ctx)
	if err == nil {
		var built stack.Binaries
		built, err = stack.Build(ctx, root, true)
		for name, value := range map[string]string{
			envRoot: root, envBridge: built.Bridge, envEmulator: built.Emulator, envRace: raceSettings(root),
		} {
			if err == nil {
				err = os.Setenv(name, value)
			}
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testbed:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func builtByMain(t testing.TB) (stack.Binaries, string) {
	t.Helper()
	binaries := stack.Binaries{Bridge: os.Getenv(envBridge), Emulator: os.Getenv(envEmulator)}
	root := os.Getenv(envRoot)
	if root == "" || binaries.Bridge == "" || binaries.Emulator == "" {
		t.Fatal("testbed: the programs are not built; the package needs func TestMain(m *testing.M) { testbed.Main(m) }")
	}
	return binaries, root
}
