// Package atomicfile owns the one way in which the bridge writes a file that must
// never be seen half written: configurations, registrations and backups. It must not know
// what is in them.
package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Write makes path hold data with the given mode, or leaves it as it was. A
// reader of path meanwhile sees the old content or the new, also after a crash. A file
// that holds data already is not written again, only its mode is set; changed says
// whether the content is new.
func Write(path string, data []byte, mode fs.FileMode) (changed bool, err error) {
	old, err := os.ReadFile(path)
	switch {
	case err == nil && bytes.Equal(old, data):
		return false, setMode(path, mode)
	case err == nil, errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrPermission):
		// A file that cannot be read can still be replaced.
	default:
		return false, fmt.Errorf("reading %s: %w", path, err)
	}
	if err := replace(path, data, mode); err != nil {
		return false, fmt.Errorf("writing %s: %w", path, err)
	}
	return true, nil
}

func setMode(path string, mode fs.FileMode) error {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm() != mode.Perm() {
		err = os.Chmod(path, mode)
	}
	if err != nil {
		return fmt.Errorf("setting the mode of %s: %w", path, err)
	}
	return nil
}

// replace writes a new file next to path, syncs it to disk and renames it.
func replace(path string, data []byte, mode fs.FileMode) error {
	folder, name := filepath.Split(path)
	if folder == "" {
		folder = "."
	}
	file, err := os.CreateTemp(folder, "."+name+".*")
	if err != nil {
		return err
	}
	err = fill(file, data, mode)
	if err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return syncFile(folder)
}

// Publish gives a file that was written whole its name, which is in the same file system.
// With overwrite it takes the place of a file of that name; without, that is an error of
// the kind fs.ErrExist. When Publish returns nil, the file is on the disk.
func Publish(written, path string, overwrite bool) error {
	if err := syncFile(written); err != nil {
		return fmt.Errorf("bringing %s to the disk: %w", path, err)
	}
	name := os.Link
	if overwrite {
		name = os.Rename
	}
	if err := name(written, path); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return syncFile(filepath.Dir(path))
}

func fill(file *os.File, data []byte, mode fs.FileMode) error {
	_, err := file.Write(data)
	if err == nil {
		err = file.Chmod(mode)
	}
	if err == nil {
		err = file.Sync()
	}
	return errors.Join(err, file.Close())
}

// syncFile brings a file or a folder to the disk.
func syncFile(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(file.Sync(), file.Close())
}
