package testbed

import (
	"strconv"
	"syscall"
	"testing"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// MustBuildWithFailpoints builds a bridge that kills itself where it is told to, for
// Options.Bridge.
func MustBuildWithFailpoints(t testing.TB) (program string) {
	t.Helper()
	_, root := builtByMain(t)
	program, err := stack.BuildWithFailpoints(t.Context(), root, true)
	if err != nil {
		t.Fatal(err)
	}
	return program
}

// MustLaunchUntil starts a bridge, built with failpoints, that kills itself when it is at
// one for the first time. It waits for nothing.
func (b *Bridge) MustLaunchUntil(at failpoint.Name) {
	b.bed.t.Helper()
	b.MustLaunchUntilHit(at, 1)
}

// MustLaunchUntilHit is MustLaunchUntil for the n-th time, from 1.
func (b *Bridge) MustLaunchUntilHit(at failpoint.Name, n int) {
	b.bed.t.Helper()
	b.bridge.SetEnv(failpoint.EnvKill + "=" + string(at) + ":" + strconv.Itoa(n))
	b.MustLaunch()
	b.bridge.SetEnv()
}

// AwaitKilled waits until the bridge has killed itself.
func (b *Bridge) AwaitKilled() {
	b.bed.t.Helper()
	if code := b.AwaitExit(); code != 128+int(syscall.SIGKILL) {
		b.bed.t.Fatalf("the bridge ended with %d and not at its failpoint\n%v", code, b.bridge.Process().Died())
	}
}

// MustRestartHomeserver ends the homeserver as a crash does and starts it again.
func (b *Bed) MustRestartHomeserver() {
	b.t.Helper()
	b.stack.Homeserver.Process().Kill()
	b.must(b.stack.Homeserver.Start(b.ctx))
}
