package testbed

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/testbed/stack"
)

// endTimeout is how long the bridge may take to end after a signal.
const endTimeout = 90 * time.Second

// Bridge is the bridge as its operator has it: a process with a configuration.
type Bridge struct {
	bed    *Bed
	bridge *stack.Bridge
}

// MustStart starts the bridge and waits until it listens.
func (b *Bridge) MustStart() {
	b.bed.t.Helper()
	b.bed.must(b.bridge.Start(b.bed.ctx))
}

// URL is where the bridge listens.
func (b *Bridge) URL() string { return b.bridge.URL() }

// MustLaunch starts the bridge and waits for nothing: for configurations with
// which it does not come up.
func (b *Bridge) MustLaunch() {
	b.bed.t.Helper()
	b.bed.must(b.bridge.Launch())
}

// MustStop sends SIGTERM and waits for the end, which has to be a clean one.
func (b *Bridge) MustStop() {
	b.bed.t.Helper()
	ctx, cancel := context.WithTimeout(b.bed.ctx, endTimeout)
	defer cancel()
	b.bed.must(b.bridge.Process().Stop(ctx))
	if code := b.bridge.Process().ExitCode(); code != 0 {
		b.bed.t.Fatalf("the bridge ended with %d after SIGTERM\n%v", code, b.bridge.Process().Died())
	}
}

// Kill ends the bridge as a crash does.
func (b *Bridge) Kill() { b.bridge.Process().Kill() }

// MustRestart stops the bridge in good order and starts it again.
func (b *Bridge) MustRestart() {
	b.bed.t.Helper()
	b.MustStop()
	b.MustStart()
}

// MustSet changes settings, by dotted key, from the next start on.
func (b *Bridge) MustSet(settings map[string]any) {
	b.bed.t.Helper()
	b.bed.must(b.Set(settings))
}

// MustTry is MustSet with a way back, generated secrets included.
func (b *Bridge) MustTry(settings map[string]any) (undo func()) {
	b.bed.t.Helper()
	back, err := b.bridge.Try(b.bed.ctx, settings)
	b.bed.must(err)
	return func() {
		b.bed.t.Helper()
		b.bed.must(back())
	}
}

// Set is MustSet for settings that the bridge may refuse.
func (b *Bridge) Set(settings map[string]any) error {
	return b.bridge.Set(b.bed.ctx, settings)
}

// AwaitExit waits until the bridge has ended by itself and returns its exit code.
func (b *Bridge) AwaitExit() int {
	b.bed.t.Helper()
	ctx, cancel := b.bed.patience()
	defer cancel()
	select {
	case <-b.bridge.Process().Exited():
	case <-ctx.Done():
		b.bed.t.Fatalf("the bridge has not ended within %s", Patience)
	}
	return b.bridge.Process().ExitCode()
}

// AwaitLog waits for a line in the log of the running bridge and returns it.
func (b *Bridge) AwaitLog(text string) string {
	b.bed.t.Helper()
	ctx, cancel := b.bed.patience()
	defer cancel()
	line, err := b.bridge.Process().AwaitLog(ctx, text)
	b.bed.must(err)
	return line
}

// Log returns what the running bridge has written so far.
func (b *Bridge) Log() string {
	b.bed.t.Helper()
	log, err := b.bridge.Process().Log()
	b.bed.must(err)
	return log
}

// MustGet asks the bridge for a path of its operator.address.
func (b *Bridge) MustGet(path string) (code int, body string) {
	b.bed.t.Helper()
	request, err := http.NewRequestWithContext(b.bed.ctx, http.MethodGet, "http://"+b.bed.healthAddress+path, nil)
	b.bed.must(err)
	response, err := http.DefaultClient.Do(request)
	b.bed.must(err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	b.bed.must(err)
	return response.StatusCode, string(text)
}

// Ask runs a command of the bridge's on its configuration, such as doctor, and
// returns what it prints and its exit code.
func (b *Bridge) Ask(args ...string) (out string, code int) {
	b.bed.t.Helper()
	printed, code, err := b.bridge.Ask(b.bed.ctx, args...)
	b.bed.must(err)
	return string(printed), code
}

// MustServe starts another command of the bridge's program, which goes on until the test ends.
func (b *Bridge) MustServe(args ...string) {
	b.bed.t.Helper()
	ctx, cancel := context.WithCancel(b.bed.ctx)
	cmd := b.bridge.Command(ctx, args...)
	b.bed.must(cmd.Start())
	b.bed.t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
	})
}

// Said returns the lines with a text that the running bridge has written so far
// for its operator: not those for debugging.
func (b *Bridge) Said(text string) []string {
	b.bed.t.Helper()
	var lines []string
	for line := range strings.Lines(b.Log()) {
		if strings.Contains(line, text) && !strings.Contains(line, `"level":"debug"`) {
			lines = append(lines, line)
		}
	}
	return lines
}

// Spooled are the names of the files that are in the bridge's spool.
func (b *Bridge) Spooled() (names []string) {
	b.bed.t.Helper()
	entries, err := os.ReadDir(filepath.Join(filepath.Dir(b.bridge.Config), "spool"))
	b.bed.must(err)
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	return names
}
