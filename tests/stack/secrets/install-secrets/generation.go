package main

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
)

// ramfsMagic is the kernel's number of that file system (statfs(2)).
const ramfsMagic = 0x858458f6

// mount puts a file system that is never swapped out on a folder.
func mount(point string) error {
	if err := os.MkdirAll(point, 0o751); err != nil {
		return fmt.Errorf("make %s: %w", point, err)
	}
	var have syscall.Statfs_t
	if err := syscall.Statfs(point, &have); err != nil {
		return fmt.Errorf("look at %s: %w", point, err)
	}
	if have.Type == ramfsMagic {
		return nil
	}
	flags := uintptr(syscall.MS_NODEV | syscall.MS_NOSUID | syscall.MS_NOEXEC)
	if err := syscall.Mount("none", point, "ramfs", flags, "mode=0751"); err != nil {
		return fmt.Errorf("mount %s: %w", point, err)
	}
	return nil
}

// generation is one numbered folder of secrets; a link names the current one.
type generation struct {
	folder, link string
	number, keep int
	keys         int
}

func newGeneration(m *manifest) (*generation, error) {
	group, err := user.LookupGroup("keys")
	if err != nil {
		return nil, fmt.Errorf("find the group of the folders: %w", err)
	}
	g := &generation{link: m.SymlinkPath, number: 1, keep: m.KeepGenerations}
	if g.keys, err = strconv.Atoi(group.Gid); err != nil {
		return nil, fmt.Errorf("find the group of the folders: %w", err)
	}
	if current, err := os.Readlink(g.link); err == nil {
		n, err := strconv.Atoi(filepath.Base(current))
		if err != nil {
			return nil, fmt.Errorf("%s leads to %s, which is no generation", g.link, current)
		}
		g.number = n + 1
	}
	g.folder = filepath.Join(m.SecretsMountPoint, strconv.Itoa(g.number))
	if err := os.RemoveAll(g.folder); err != nil {
		return nil, fmt.Errorf("make a generation: %w", err)
	}
	return g, errors.Join(os.Chown(m.SecretsMountPoint, 0, g.keys), g.makeFolder(g.folder))
}

func (g *generation) makeFolder(path string) error {
	if err := os.Mkdir(path, 0o751); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make %s: %w", path, err)
	}
	return os.Chown(path, 0, g.keys)
}

func (g *generation) write(f file) error {
	path := filepath.Join(g.folder, f.path)
	if err := g.makeFolder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.WriteFile(path, f.content, f.mode); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return os.Chown(path, f.uid, f.gid)
}

// changed names the units to restart: of each file that was there in another
// form, or was not there. At the first start there is nothing to restart.
func (g *generation) changed(files []file) []string {
	var units []string
	if _, err := os.Stat(g.link); err != nil {
		return nil
	}
	for _, f := range files {
		before, err := os.ReadFile(filepath.Join(g.link, f.path))
		if err != nil || !bytes.Equal(before, f.content) {
			units = append(units, f.restart...)
		}
	}
	slices.Sort(units)
	return slices.Compact(units)
}

// restart asks systemd without waiting: those units are ordered after this one.
func restart(units []string) error {
	if len(units) == 0 {
		return nil
	}
	if os.Getenv("SOPS_RESTART_UNITS_VIA_SYSTEMCTL") != "1" {
		return fmt.Errorf("restarts of %v by an activation script: unknown here", units)
	}
	cmd := exec.Command("systemctl", append([]string{"--no-block", "try-restart"}, units...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("restart %v: %w: %s", units, err, out)
	}
	return nil
}

// enable gives the generation its name and removes those that are too old.
func (g *generation) enable() error {
	next := g.link + ".next"
	if err := os.Symlink(g.folder, next); err != nil {
		return fmt.Errorf("name the generation: %w", err)
	}
	if err := os.Rename(next, g.link); err != nil {
		return fmt.Errorf("name the generation: %w", err)
	}
	old := g.number - g.keep
	if g.keep == 0 || old < 1 {
		return nil
	}
	return os.RemoveAll(filepath.Join(filepath.Dir(g.folder), strconv.Itoa(old)))
}
