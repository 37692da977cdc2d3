package bench

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// memoryGroup is a control group whose processes' memory is looked at: all that the kernel
// holds for them, tmpfs included, and not the page cache, which it drops when it needs the room.
type memoryGroup struct {
	folder, usage, cache, shared string
}

// newMemoryGroup makes a group, by either version of control groups (cgroups(7)). It needs root.
func newMemoryGroup() (*memoryGroup, error) {
	g := &memoryGroup{usage: "memory.usage_in_bytes", cache: "total_cache", shared: "total_shmem"}
	root := "/sys/fs/cgroup/memory"
	if kinds, err := os.ReadFile("/sys/fs/cgroup/cgroup.controllers"); err == nil && strings.Contains(string(kinds), "memory") {
		g, root = &memoryGroup{usage: "memory.current", cache: "file", shared: "shmem"}, "/sys/fs/cgroup"
		if err := os.WriteFile(filepath.Join(root, "cgroup.subtree_control"), []byte("+memory"), 0); err != nil {
			return nil, fmt.Errorf("measure memory by a control group, as root: %w", err)
		}
	}
	var err error
	if g.folder, err = os.MkdirTemp(root, "bench-"); err != nil {
		return nil, fmt.Errorf("measure memory by a control group, as root: %w", err)
	}
	return g, nil
}

// add puts a process into the group.
func (g *memoryGroup) add(pid int) error {
	return os.WriteFile(filepath.Join(g.folder, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0)
}

// close removes the group, whose processes have ended.
func (g *memoryGroup) close() error { return os.Remove(g.folder) }

// held is what the group's processes hold, in bytes.
func (g *memoryGroup) held() (int64, error) {
	text, err := os.ReadFile(filepath.Join(g.folder, g.usage))
	if err != nil {
		return 0, fmt.Errorf("read the memory of the bridge's group: %w", err)
	}
	used, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("read the memory of the bridge's group: %w", err)
	}
	stat, err := os.ReadFile(filepath.Join(g.folder, "memory.stat"))
	if err != nil {
		return 0, fmt.Errorf("read the memory of the bridge's group: %w", err)
	}
	for line := range strings.Lines(string(stat)) {
		var key string
		var value int64
		if _, err := fmt.Sscan(line, &key, &value); err != nil {
			return 0, fmt.Errorf("read the memory of the bridge's group: %w", err)
		}
		switch key {
		case g.cache:
			used -= value
		case g.shared:
			used += value
		}
	}
	return used, nil
}

// watch looks at the group all the time, until grown is called: that is by how much it held
// more than at the beginning, at most.
func (g *memoryGroup) watch() (grown func() (int64, error)) {
	before, failed := g.held()
	most, end := before, make(chan struct{})
	var looking sync.WaitGroup
	looking.Go(func() {
		for {
			select {
			case <-end:
				return
			case <-time.After(5 * time.Millisecond):
			}
			held, err := g.held()
			failed, most = errors.Join(failed, err), max(most, held)
		}
	})
	return func() (int64, error) {
		close(end)
		looking.Wait()
		return most - before, failed
	}
}
