package host

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// Write puts the files below root, each in one step: a program that runs is
// replaced and not written to. What is there already as it should be stays.
func (f Files) Write(root string) error {
	for _, path := range slices.Sorted(maps.Keys(f)) {
		if err := f[path].write(filepath.Join(root, path)); err != nil {
			return fmt.Errorf("write %s on the machine: %w", path, err)
		}
	}
	return nil
}

func (f File) write(path string) error {
	if f.there(path) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	next := path + ".new"
	if f.Link != "" {
		if err := os.Symlink(f.Link, next); err != nil {
			return err
		}
		return os.Rename(next, path)
	}
	if err := os.WriteFile(next, f.Content, f.Mode); err != nil {
		return err
	}
	if err := os.Chmod(next, f.Mode); err != nil {
		return err
	}
	return os.Rename(next, path)
}

func (f File) there(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	if f.Link != "" {
		target, err := os.Readlink(path)
		return err == nil && target == f.Link
	}
	content, err := os.ReadFile(path)
	return err == nil && info.Mode() == f.Mode && bytes.Equal(content, f.Content)
}
