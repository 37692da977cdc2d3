package torture

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// disk is a small file system for the bridge's SQLite database, so that it can be
// filled. Only root may mount one; for other users disk is nil and no disk is filled.
type disk struct{ dir string }

// diskSize holds the database of a long run and is soon filled.
const diskSize = "192m"

// mountDisk mounts a new file system on a folder, which it makes.
func mountDisk(dir string) (*disk, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make the bridge's folder: %w", err)
	}
	err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size="+diskSize+",mode=0700")
	if errors.Is(err, syscall.EPERM) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("mount a small file system on %s: %w", dir, err)
	}
	return &disk{dir}, nil
}

func (d *disk) filler() string { return filepath.Join(d.dir, "filler") }

// fill uses up the free space.
func (d *disk) fill() error {
	file, err := os.OpenFile(d.filler(), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("fill the disk: %w", err)
	}
	defer file.Close()
	for size := 1 << 20; size > 0; size /= 2 { // Smaller and smaller, to the last byte.
		block := make([]byte, size)
		for err == nil {
			_, err = file.Write(block)
		}
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("fill the disk: %w", err)
		}
		err = nil
	}
	return nil
}

// free releases it again.
func (d *disk) free() error {
	if err := os.Remove(d.filler()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("free the disk: %w", err)
	}
	return nil
}

// unmount removes the file system and keeps its files, so that a failed run can be
// examined.
func (d *disk) unmount() error {
	if err := d.free(); err != nil {
		return err
	}
	kept := d.dir + ".kept"
	// cp keeps the modes: some of the files hold secrets.
	if out, err := exec.Command("cp", "-a", d.dir, kept).CombinedOutput(); err != nil {
		return fmt.Errorf("keep what was on the small file system: %w: %s", err, out)
	}
	if err := syscall.Unmount(d.dir, syscall.MNT_DETACH); err != nil {
		return fmt.Errorf("unmount the small file system: %w", err)
	}
	if err := os.Remove(d.dir); err != nil {
		return fmt.Errorf("unmount the small file system: %w", err)
	}
	return os.Rename(kept, d.dir)
}
