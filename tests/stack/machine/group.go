package machine

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// group is a control group (version 2) that the machine's systemd manages.
type group struct {
	path   string
	folder *os.File
	// mounted is where this process has mounted the hierarchy, if it had to.
	mounted string
}

// newGroup makes a group below wherever the hierarchy is mounted.
func newGroup() (*group, error) {
	g := &group{}
	root, err := mountOf("cgroup2")
	if err != nil {
		return nil, fmt.Errorf("make a control group: %w", err)
	}
	// A container may have it read-only for the programs in it.
	if root == "" || unix.Access(root, unix.W_OK) != nil {
		if g.mounted, err = os.MkdirTemp("", "stack-cgroup-"); err != nil {
			return nil, fmt.Errorf("make a control group: %w", err)
		}
		if err := syscall.Mount("cgroup2", g.mounted, "cgroup2", 0, ""); err != nil {
			return nil, errors.Join(fmt.Errorf("mount the control groups: %w", err), os.Remove(g.mounted))
		}
		root = g.mounted
	}
	removeAbandoned(root)
	if g.path, err = os.MkdirTemp(root, fmt.Sprintf("stack-%d-", os.Getpid())); err != nil {
		return nil, errors.Join(fmt.Errorf("make a control group: %w", err), g.unmount())
	}
	if g.folder, err = os.Open(g.path); err != nil {
		return nil, errors.Join(fmt.Errorf("open the control group: %w", err), g.remove())
	}
	return g, nil
}

// removeAbandoned takes away the groups of runs that were killed: their machines
// have ended with them. What cannot be removed is left.
func removeAbandoned(root string) {
	groups, err := filepath.Glob(filepath.Join(root, "stack-*-*"))
	if err != nil {
		return
	}
	for _, path := range groups {
		pid, err := strconv.Atoi(strings.Split(filepath.Base(path), "-")[1])
		if err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
			_ = (&group{path: path}).removeFolders()
		}
	}
}

// mountOf returns the first place at which a file system of a type is mounted, or
// nothing.
func mountOf(kind string) (string, error) {
	text, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if fields := strings.Fields(line); len(fields) > 2 && fields[2] == kind {
			return fields[1], nil
		}
	}
	return "", nil
}

func (g *group) fd() int { return int(g.folder.Fd()) }

// remove takes the group and what systemd has made below it away. Its processes
// have been killed with process 1, but may still be on their way out.
func (g *group) remove() error {
	var errs []error
	if g.folder != nil {
		errs = append(errs, g.folder.Close())
	}
	deadline := time.Now().Add(10 * time.Second)
	err := g.removeFolders()
	for errors.Is(err, syscall.EBUSY) && time.Now().Before(deadline) {
		<-time.After(20 * time.Millisecond)
		err = g.removeFolders()
	}
	return errors.Join(append(errs, ignoreMissing(err), g.unmount())...)
}

func (g *group) removeFolders() error {
	var folders []string
	err := filepath.WalkDir(g.path, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			folders = append(folders, path)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("remove the control group: %w", err)
	}
	for _, folder := range slices.Backward(folders) {
		if err := os.Remove(folder); err != nil {
			return fmt.Errorf("remove the control group: %w", err)
		}
	}
	return nil
}

func (g *group) unmount() error {
	if g.mounted == "" {
		return nil
	}
	if err := syscall.Unmount(g.mounted, 0); err != nil {
		return fmt.Errorf("unmount the control groups: %w", err)
	}
	return os.Remove(g.mounted)
}
