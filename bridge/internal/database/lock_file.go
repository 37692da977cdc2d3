package database

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"ops-jrz1/bridge/internal/settings"
)

// lockSuffix is appended to the name of SQLite's file. The lock is on a file of its own:
// closing any descriptor of the database's file would free SQLite's own locks on it
// (SQLite docs: "How To Corrupt An SQLite Database File", 2.2).
const lockSuffix = ".lock"

// fileLock is the lock of an SQLite database, a lock of the kernel's on a file next to
// it. The file stays when the lock is released: a file that is removed could be locked
// by one process while the next one makes another.
type fileLock struct{ file *os.File }

// lockFile takes the lock of the database that a URI of SQLite's names. A database in
// memory belongs to this process and has none.
func lockFile(uri string) (lock, error) {
	path := fileOf(uri)
	if path == "" {
		return &fileLock{}, nil
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the same file has the same lock, by whatever name
	}
	file, err := os.OpenFile(path+lockSuffix, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case errors.Is(err, syscall.EWOULDBLOCK):
		return nil, errors.Join(inUse(holderIn(file)), file.Close())
	case err != nil:
		return nil, errors.Join(&os.PathError{Op: "lock", Path: file.Name(), Err: err}, file.Close())
	}
	if err := note(file); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &fileLock{file: file}, nil
}

// FileOwner is the user that the file of a configuration's database belongs to, if the
// database is a file that is there.
func FileOwner(config *settings.Config) (uid int, known bool) {
	if config.Database.Type == postgres {
		return 0, false
	}
	info, err := os.Stat(fileOf(config.Database.URI))
	if err != nil {
		return 0, false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return 0, false
	}
	return int(stat.Uid), true
}

// File is the file that a configuration's database is in, "" if it is a server's or in
// memory.
func File(config *settings.Config) string {
	if config.Database.Type == postgres {
		return ""
	}
	return fileOf(config.Database.URI)
}

// CompanionFiles are the files that belong to the database in a file: the lock, and
// SQLite's own (SQLite docs: "Temporary Files Used By SQLite").
func CompanionFiles(file string) []string {
	return []string{file + lockSuffix, file + "-wal", file + "-shm", file + "-journal"}
}

// fileOf is the file that a URI of SQLite's names, "" if the database is in memory.
func fileOf(uri string) string {
	path, _ := existingFile(uri)
	if path == ":memory:" || strings.Contains(uri, "mode=memory") {
		return ""
	}
	return path
}

// note writes which process has the lock into its file, for a process that is refused.
func note(file *os.File) error {
	if err := file.Truncate(0); err != nil {
		return err
	}
	_, err := file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// holderIn reads which process has the lock.
func holderIn(file *os.File) string {
	text, err := io.ReadAll(io.LimitReader(file, 20))
	pid, parseErr := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil || parseErr != nil {
		return ""
	}
	return fmt.Sprintf("process %d", pid)
}

func (l *fileLock) watch(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

func (l *fileLock) release() error {
	if l.file == nil {
		return nil
	}
	return l.file.Close()
}
