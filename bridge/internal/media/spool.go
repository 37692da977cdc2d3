package media

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sync/semaphore"
)

// Spool holds files on disk while they are transferred. The sum of their sizes is
// bounded: who wants more waits until others are done. It is safe for concurrent use.
type Spool struct {
	folder string
	limit  int64
	room   *semaphore.Weighted
}

// spooled is how the names of the spool's files end. Nothing else in the folder is
// removed.
const spooled = ".spool"

// TooLargeError says that a file does not fit into the spool, even when that is empty.
type TooLargeError struct{ Size, Limit int64 }

// Error names both sizes.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("a file of %d bytes does not fit into the spool, which may hold %d", e.Size, e.Limit)
}

// ErrSpool says that the spool's disk failed: it is full, or the folder is gone. Who runs
// the bridge can mend that.
var ErrSpool = errors.New("the spool of files")

// ErrLongerThanSaid is what a write answers that exceeds the size for which the file was made.
var ErrLongerThanSaid = errors.New("there is more of the file than was said")

// OpenSpool opens the spool in a folder, which it makes if need be, and removes what an
// earlier process left in it. The folder is on a disk, not in memory as /tmp may be, and one
// process uses it at a time. limit bounds the sum of the sizes of all files.
func OpenSpool(folder string, limit int64) (*Spool, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("making the spool of files: %w", err)
	}
	if err := os.Chmod(folder, 0o700); err != nil {
		return nil, fmt.Errorf("closing the spool of files to others: %w", err)
	}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("reading the spool of files: %w", err)
	}
	for _, entry := range entries {
		if filepath.Ext(entry.Name()) != spooled || !entry.Type().IsRegular() {
			continue
		}
		if err := os.Remove(filepath.Join(folder, entry.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("clearing the spool of files: %w", err)
		}
	}
	return &Spool{folder: folder, limit: limit, room: semaphore.NewWeighted(limit)}, nil
}

// Create makes an empty file that may become size bytes long. It waits until that much is
// free, in turn, and ctx ends the wait. A size that never fits is a *TooLargeError. A caller
// holds one file at a time, so that callers do not wait for each other.
func (s *Spool) Create(ctx context.Context, size int64) (*File, error) {
	if size < 0 || size > s.limit {
		return nil, &TooLargeError{Size: size, Limit: s.limit}
	}
	if err := s.room.Acquire(ctx, size); err != nil {
		return nil, fmt.Errorf("waiting for room in the spool of files: %w", err)
	}
	file, err := os.CreateTemp(s.folder, "*"+spooled)
	if err != nil {
		s.room.Release(size)
		return nil, fmt.Errorf("making a file in %w: %w", ErrSpool, err)
	}
	return &File{spool: s, disk: file, reserved: size}, nil
}
