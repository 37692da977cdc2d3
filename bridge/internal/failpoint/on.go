//go:build failpoint

package failpoint

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// exitUsage is sysexits' EX_USAGE: the environment is wrong.
const exitUsage = 64

// armed is the failpoint at which this process dies, read once. It is state of
// the package because the environment of a process is, and exists under the tag
// only.
var armed = sync.OnceValue(func() *target {
	t, err := parse(os.Getenv(EnvKill))
	if err != nil {
		fmt.Fprintf(os.Stderr, "%s: %v\n", EnvKill, err)
		os.Exit(exitUsage)
	}
	return t
})

type target struct {
	name Name
	nth  int64
	hits atomic.Int64
}

// parse reads name:n; nothing is armed by an empty text.
func parse(text string) (*target, error) {
	if text == "" {
		return &target{}, nil
	}
	name, count, found := strings.Cut(text, ":")
	if !slices.Contains(Names(), Name(name)) {
		return nil, fmt.Errorf("%q is no failpoint; there are %v", name, Names())
	}
	nth, err := strconv.ParseInt(count, 10, 64)
	if !found || err != nil || nth < 1 {
		return nil, fmt.Errorf("%q names no hit; write %s:1 for the first", text, name)
	}
	return &target{name: Name(name), nth: nth}, nil
}

// Hit says that the program is at a failpoint. It does not return from the hit
// at which the process has to die.
func Hit(name Name) {
	t := armed()
	if t.name != name || t.hits.Add(1) != t.nth {
		return
	}
	fmt.Fprintf(os.Stderr, "failpoint %s: hit %d, killing this process\n", name, t.nth)
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {} // The signal is on its way; nothing after the failpoint may happen.
}

// Now returns the current time as the clock shows it after the jump in the file
// that SLACK_BRIDGE_CLOCK names. A file that is not there is no jump.
func Now() time.Time {
	path := os.Getenv(EnvClock)
	if path == "" {
		return time.Now()
	}
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		return time.Now()
	}
	jump, parseErr := time.ParseDuration(strings.TrimSpace(string(text)))
	if err != nil || parseErr != nil {
		fmt.Fprintf(os.Stderr, "%s: %s does not hold a duration such as -1h\n", EnvClock, path)
		os.Exit(exitUsage)
	}
	return time.Now().Round(0).Add(jump) // Round drops the monotonic clock, which does not jump.
}
