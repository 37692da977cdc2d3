package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is USER_HZ, which is 100 on every architecture that Go runs on (proc(5)).
const tick = 10 * time.Millisecond

// cpuOf is the time that a process has used, in its own code and in the kernel
// (proc(5), /proc/pid/stat: utime and stime).
func cpuOf(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the bridge's CPU time: %w", err)
	}
	// The second field is a name in brackets that may hold blanks.
	fields := strings.Fields(string(text[strings.LastIndexByte(string(text), ')')+1:]))
	const utime, stime = 11, 12
	var sum time.Duration
	for _, at := range []int{utime, stime} {
		n, err := strconv.ParseInt(fields[at], 10, 64)
		if err != nil {
			return 0, fmt.Errorf("read the bridge's CPU time: %w", err)
		}
		sum += time.Duration(n) * tick
	}
	return sum, nil
}

// memoryOf is what a process holds in memory, in bytes (proc(5), VmRSS), or the
// most it has held (VmHWM).
func memoryOf(pid int, field string) (int64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("read the bridge's memory: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, field+":"); ok {
			kilobytes, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
			if err != nil {
				return 0, fmt.Errorf("read the bridge's memory: %w", err)
			}
			return kilobytes << 10, nil
		}
	}
	return 0, fmt.Errorf("read the bridge's memory: /proc has no %s", field)
}
