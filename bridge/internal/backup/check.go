package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"

	"github.com/mattn/go-sqlite3"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/tables"
)

// Check reads an archive and sees that it is as it was written, that this program can use
// what is in it, and that SQLite finds the database whole. The database is unpacked into
// the folder for temporary files meanwhile. Errors are of type *exit.Error.
func Check(ctx context.Context, path string) (manifest Manifest, err error) {
	err = opened(ctx, path, func(found Manifest, _ string) error {
		manifest = found
		return nil
	})
	return manifest, err
}

// opened checks an archive, and lets use look at the files that are in it while they are
// in a folder.
func opened(ctx context.Context, path string, use func(manifest Manifest, folder string) error) (err error) {
	archive, err := os.Open(path)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return exit.New(exit.Refused, "this user may not read %s; run this as its owner or as root", path)
	case err != nil:
		return exit.New(exit.Usage, "cannot read the backup: %w", err)
	}
	defer archive.Close()
	folder, err := os.MkdirTemp("", "slack-bridge-check-*")
	if err != nil {
		return noRoom(err)
	}
	defer func() {
		if left := os.RemoveAll(folder); left != nil && err == nil {
			err = noRoom(left)
		}
	}()
	manifest, err := read(archive, folder)
	if err == nil {
		err = usable(ctx, manifest, filepath.Join(folder, manifest.database()))
	}
	if err != nil {
		return judge(path, err)
	}
	return use(manifest, folder)
}

// usable says whether this program can use the copy of a database. SQLite looks through
// its own; of PostgreSQL's the manifest says which tables it holds.
func usable(ctx context.Context, manifest Manifest, copied string) error {
	if manifest.Database == postgres {
		return database.Known(manifest.Tables, tables.Known())
	}
	versions, err := database.InspectCopy(ctx, copied, tables.Known())
	if err == nil && !maps.Equal(versions, manifest.Tables) {
		err = fmt.Errorf("%w: its tables have other versions than %s says", errForm, manifestName)
	}
	return err
}

// judge is the error for a copy that is not good.
func judge(name string, err error) error {
	var coded *exit.Error
	var written *fs.PathError
	var sqliteError sqlite3.Error
	switch {
	case errors.As(err, &coded):
		return err
	case errors.Is(err, errNewer), errors.Is(err, dbutil.ErrUnsupportedDatabaseVersion):
		return exit.New(exit.Config, "%s cannot be used by this program: %w; use the slack-bridge that made it", name, err)
	case errors.As(err, &written) && written.Op == "write":
		return noRoom(err)
	case errors.Is(err, context.Canceled):
		return exit.New(exit.TryAgain, "stopped before %s was checked: %w", name, err)
	case errors.Is(err, dbutil.ErrNotOwned), errors.Is(err, database.ErrUnused):
		return exit.New(exit.Data, "%s does not hold a database of this bridge's: %w; use another backup", name, err)
	case errors.Is(err, errForm), errors.Is(err, database.ErrDamaged), errors.As(err, &written), errors.As(err, &sqliteError):
		return exit.New(exit.Data, "%s is damaged, or is not a backup: %w; use another one", name, err)
	default:
		return fmt.Errorf("check %s: %w", name, err)
	}
}

// noRoom is the error when the database could not be unpacked.
func noRoom(err error) error {
	return exit.New(exit.CannotWrite, "cannot unpack the backup to check it: %w; make room there, or set TMPDIR to a folder with as much room as the backup's size", err)
}
