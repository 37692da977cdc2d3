// Package backup owns the archive in which a copy of the bridge's database, configuration
// and registration is kept: making one while the bridge runs, checking one, and putting one
// back while no bridge runs. It must not know what is in the tables.
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
	// Registration is the file of the registration. One that is not there is left out.
	Registration string
	// Version is the program's own.
	Version string
	// Now is the time of the backup.
	Now time.Time

	// anyVersion lets the tables be newer than this program knows.
	anyVersion bool
}

// tables are those that this program has to know.
func (o Options) tables() []database.Tables {
	if o.anyVersion {
		return nil
	}
	return tables.Known()
}

// Make writes an archive of the bridge's database, as it is at one moment, whether or not a
// bridge runs, with the configuration and the registration. The file is readable by this user alone, and is there whole or
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

// source is the file of the database, "" if it is on a server.
func source(config *settings.Config) (string, error) {
	file := database.File(config)
	switch {
	case config.Database.Type == postgres:
		return "", nil
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
	archive := filepath.Join(folder, "archive")
	manifest := Manifest{Format: format, Program: chosen.Version, Made: chosen.Now.UTC().Truncate(time.Second), Database: config.Database.Type}
	if manifest.Database != postgres {
		manifest.Database = sqlite
	}
	err := copyDatabase(ctx, config, folder, chosen.tables(), &manifest)
	if errors.Is(err, syscall.ENOSPC) {
		return Manifest{}, cannotWrite(path, err)
	}
	if err == nil {
		err = copyFiles(config, folder, chosen.Registration, &manifest)
	}
	if err != nil {
		return Manifest{}, err
	}
	manifest.Files = append(manifest.Files, manifest.database())
	if err := writeFile(archive, manifest, folder); err != nil {
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

// copyDatabase puts a copy of the database into a folder.
func copyDatabase(ctx context.Context, config *settings.Config, folder string, known []database.Tables, manifest *Manifest) error {
	copied := filepath.Join(folder, manifest.database())
	if manifest.Database == postgres {
		dumped, err := database.Dump(ctx, config, copied, known)
		manifest.Tables, manifest.Schema, manifest.Engine = dumped.Versions, dumped.Schema, dumped.Engine
		return err
	}
	if err := database.Copy(ctx, config, copied, known); err != nil {
		return err
	}
	versions, err := database.InspectCopy(ctx, copied, known)
	if err != nil {
		return judge("the copy of "+database.File(config), err)
	}
	manifest.Tables = versions
	return nil
}

// copyFiles puts copies of the configuration and the registration into a folder, as far as
// they are there.
func copyFiles(config *settings.Config, folder, registration string, manifest *Manifest) error {
	for _, file := range []struct{ name, path string }{{configName, config.Path}, {registrationName, registration}} {
		if file.path == "" {
			continue
		}
		text, err := os.ReadFile(file.path)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case errors.Is(err, fs.ErrPermission):
			return exit.New(exit.Refused, "this user may not read %s; run this as its owner or as root", file.path)
		case err != nil:
			return fmt.Errorf("copy %s: %w", file.path, err)
		}
		if err := os.WriteFile(filepath.Join(folder, file.name), text, 0o600); err != nil {
			return cannotWrite(filepath.Join(folder, file.name), err)
		}
		manifest.Files = append(manifest.Files, file.name)
	}
	if !slices.Contains(manifest.Files, configName) {
		return nil
	}
	secrets, err := secretFiles(config.Path)
	if err != nil {
		return fmt.Errorf("look for the files of secrets: %w", err)
	}
	manifest.Secrets = secrets
	return nil
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
