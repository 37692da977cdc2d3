package media

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
)

// File is one file of the spool: writes go to its end, and reads have a place of their own.
// Its methods are not safe for concurrent use, but for ReadAt.
type File struct {
	spool    *Spool
	disk     *os.File
	reserved int64
	written  int64
	place    int64
	close    sync.Once
	closed   error
}

var (
	_ io.Writer     = (*File)(nil)
	_ io.ReadSeeker = (*File)(nil)
	_ io.ReaderAt   = (*File)(nil)
)

// Size is how many bytes were written.
func (f *File) Size() int64 { return f.written }

// Write adds to the end. What would make the file longer than it was created for is not
// written and answered with ErrLongerThanSaid.
func (f *File) Write(p []byte) (int, error) {
	var refused error
	if free := f.reserved - f.written; int64(len(p)) > free {
		p, refused = p[:free], ErrLongerThanSaid
	}
	n, err := f.disk.WriteAt(p, f.written)
	f.written += int64(n)
	if err != nil {
		return n, fmt.Errorf("writing to %w: %w", ErrSpool, err)
	}
	return n, refused
}

// Restart empties the file, so that it is written from its beginning again.
func (f *File) Restart() error {
	if err := f.disk.Truncate(0); err != nil {
		return fmt.Errorf("emptying a file of %w: %w", ErrSpool, err)
	}
	f.written, f.place = 0, 0
	return nil
}

// Read reads on from where Seek or the last Read ended.
func (f *File) Read(p []byte) (int, error) {
	n, err := f.ReadAt(p, f.place)
	f.place += int64(n)
	if n > 0 && errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// ReadAt implements io.ReaderAt.
func (f *File) ReadAt(p []byte, off int64) (int, error) { return f.disk.ReadAt(p, off) }

// Seek implements io.Seeker, for the next Read.
func (f *File) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
	case io.SeekCurrent:
		offset += f.place
	case io.SeekEnd:
		offset += f.written
	default:
		return 0, fmt.Errorf("seeking in a file of the spool: unknown whence %d", whence)
	}
	if offset < 0 {
		return 0, fmt.Errorf("seeking in a file of the spool: %d is before its beginning", offset)
	}
	f.place = offset
	return offset, nil
}

// Close removes the file and gives its room to others. Closing it again does nothing.
func (f *File) Close() error {
	f.close.Do(func() {
		f.closed = errors.Join(f.disk.Close(), os.Remove(f.disk.Name()))
		f.spool.room.Release(f.reserved)
	})
	return f.closed
}
