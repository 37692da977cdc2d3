// Package backup owns the archive in which a copy of the bridge's database is kept: making
// one while the bridge runs, and checking one. It must not know what is in the tables, and
// it restores nothing.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"syscall"
	"time"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/tables"
)

// temporary is the pattern of the folder next to the archive in which it is made. A process
// that is killed leaves it; ops.backup removes what it finds.
const temporary = ".slack-bridge-backup-*"

// Options say how to make a backup.
type Options struct {
	// Path is the file to write.
	Path string
	// Overwrite lets it take the place of another file.
	Overwrite bool
	// Version is the program's own.
	Version string
	// Now is the time of the backup.
	Now time.Time
}

// Make writes an archive of the bridge's SQLite database, as it is at one moment, whether
// or not a bridge runs. The file is readable by this user alone, and is there whole or
// not at all. Errors are *exit.Error or *database.Error.
func Make(ctx context.Context, config *settings.Config, chosen Options) (Manifest, error) {
	file, err := source(config)
	if err != nil {
		return Manifest{}, err
	}
	// SQLite takes a name that begins with "file:" for an address.
	path, err := filepath.Abs(chosen.Path)
	if err != nil {
		return Manifest{}, fmt.Errorf("find the working folder: %w", err)
	}
	if err := acceptTarget(path, file, chosen.Overwrite); err != nil {
		return Manifest{}, err
	}
	folder, err := os.MkdirTemp(filepath.Dir(path), temporary)
	if err != nil {
		return Manifest{}, cannotWrite(path, err)
	}
	manifest, err := makeIn(ctx, config, folder, path, chosen)
	if left := os.RemoveAll(folder); left != nil && err == nil {
		err = cannotWrite(path, left)
	}
	return manifest, err
}

// source is the file that is copied.
func source(config *settings.Config) (string, error) {
	file := database.File(config)
	switch {
	case config.Database.Type == "postgres":
		return "", exit.New(exit.Usage, "%s: database.type: this command copies SQLite, and the database is PostgreSQL's: the nightly dump of the host (ops.backup) has it, or dump it with pg_dump", config.Path)
	case file == "":
		return "", exit.New(exit.Usage, "%s: database.uri: the database is in memory; there is nothing to copy", config.Path)
	}
	// What SQLite puts next to the database belongs to the database's owner when root opens it.
	owner, known := database.FileOwner(config)
	if known && os.Geteuid() != 0 && os.Geteuid() != owner {
		return "", exit.New(exit.Refused, "the database %s belongs to the user %d; run this as that user or as root", file, owner)
	}
	return file, nil
}

// acceptTarget refuses to put the archive where something else is.
func acceptTarget(path, source string, overwrite bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !isCompanion(path, source):
		return nil
	case errors.Is(err, fs.ErrNotExist), err == nil && isDatabase(info, source):
		return exit.New(exit.Usage, "%s belongs to the database itself; name another file", path)
	case err != nil:
		return cannotWrite(path, err)
	case info.IsDir():
		return exit.New(exit.CannotWrite, "%s is a folder; name a file in it", path)
	case !info.Mode().IsRegular():
		return exit.New(exit.CannotWrite, "%s is not a plain file; name another one", path)
	case !overwrite:
		return existing(path)
	}
	return nil
}

// isCompanion says whether SQLite or the lock would make the database's file of this name.
func isCompanion(path, source string) bool {
	name := filepath.Join(realPath(filepath.Dir(path)), filepath.Base(path))
	return slices.Contains(database.CompanionFiles(realPath(source)), name)
}

// realPath is a path without links in it, as far as it is there.
func realPath(path string) string {
	found, err := filepath.EvalSymlinks(path)
	if err != nil {
		found = path
	}
	if whole, err := filepath.Abs(found); err == nil {
		return whole
	}
	return found
}

func existing(path string) error {
	return exit.New(exit.CannotWrite, "%s exists already; name another file, or replace it with --force", path)
}

func isDatabase(info fs.FileInfo, source string) bool {
	for _, file := range append(database.CompanionFiles(source), source) {
		if other, err := os.Stat(file); err == nil && os.SameFile(info, other) {
			return true
		}
	}
	return false
}

func makeIn(ctx context.Context, config *settings.Config, folder, path string, chosen Options) (Manifest, error) {
	copied, archive := filepath.Join(folder, databaseName), filepath.Join(folder, "archive")
	if err := database.Copy(ctx, config, copied, tables.Known()); errors.Is(err, syscall.ENOSPC) {
		return Manifest{}, cannotWrite(path, err)
	} else if err != nil {
		return Manifest{}, err
	}
	versions, err := database.InspectCopy(ctx, copied, tables.Known())
	if err != nil {
		return Manifest{}, judge("the copy of "+database.File(config), err)
	}
	manifest := Manifest{Format: format, Program: chosen.Version, Made: chosen.Now.UTC().Truncate(time.Second), Tables: versions}
	if err := writeFile(archive, manifest, copied); err != nil {
		return Manifest{}, cannotWrite(path, err)
	}
	if ctx.Err() != nil {
		return Manifest{}, exit.New(exit.TryAgain, "stopped before the copy was whole; nothing was written: %w", ctx.Err())
	}
	err = atomicfile.Publish(archive, path, chosen.Overwrite)
	if errors.Is(err, fs.ErrExist) {
		return Manifest{}, existing(path)
	}
	if err != nil {
		return Manifest{}, cannotWrite(path, err)
	}
	return manifest, nil
}

// cannotWrite is the error for a file that could not be written.
func cannotWrite(path string, err error) error {
	cause, cure := err, "make its folder exist and writable for this user"
	var number syscall.Errno
	if errors.As(err, &number) {
		cause = number
	}
	if number == syscall.ENOSPC || number == syscall.EDQUOT {
		cure = "make room there: it needs twice the size of the database while it is made"
	}
	return &exit.Error{Code: exit.CannotWrite, Err: err, Line: fmt.Sprintf("cannot write %s: %v; %s", path, cause, cure)}
}
