package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

// patience is how long a process that was just stopped may still have the database.
const patience = 5 * time.Second

// RestoreOptions say where a backup is put back.
type RestoreOptions struct {
	// Path is the archive.
	Path string
	// Config is the configuration, and Registration the registration. Those that are not
	// there are written as they were, with the files of the configuration's secrets; those
	// that are there stay.
	Config, Registration string
	// Replace lets the database take the place of another one, which is kept.
	Replace bool
	// Version is the program's own, Now the time.
	Version string
	Now     time.Time
}

// Restored is what became of it.
type Restored struct {
	Manifest
	// Kept is where the database is that was there before, "" if there was none.
	Kept string
	// Written are the files of the configuration that were written.
	Written []string
}

// Restore puts an archive back, which no running bridge must use meanwhile. It refuses one
// that is damaged, newer than this program, of another type of database or of another
// bridge. Errors are *exit.Error, *database.Error or settings.Problems.
func Restore(ctx context.Context, chosen RestoreOptions) (done Restored, err error) {
	err = opened(ctx, chosen.Path, func(manifest Manifest, folder string) error {
		r := restore{RestoreOptions: chosen, folder: folder}
		r.Restored.Manifest = manifest
		err := r.run(ctx)
		done = r.Restored
		return err
	})
	return done, err
}

// restore is one run of Restore.
type restore struct {
	RestoreOptions
	Restored

	folder string // with the archive's files
	config *settings.Config
}

func (r *restore) run(ctx context.Context) error {
	if err := r.readConfig(); err != nil {
		return err
	}
	release, err := database.Alone(ctx, r.config, patience)
	if err != nil {
		return err
	}
	err = r.putBack(ctx)
	if err == nil {
		err = r.writeSecrets()
	}
	if err == nil {
		err = r.writeFiles()
	}
	return errors.Join(err, release())
}

// readConfig finds the configuration, and sees that the archive is of the same bridge.
func (r *restore) readConfig() error {
	archived := filepath.Join(r.folder, configName)
	has := slices.Contains(r.Files, configName)
	path := r.Config
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) && has {
		path = archived
	}
	config, problems := settings.Read(path)
	if problems != nil {
		return problems
	}
	r.config = config
	kind := sqlite
	if config.Database.Type == postgres {
		kind = postgres
	}
	if kind != r.Database {
		return exit.New(exit.Config, "%s: database.type: the backup is of a database of the type %s, this one is %s; restore it with a configuration of that type", path, r.Database, kind)
	}
	if path == archived || !has {
		return nil
	}
	old, problems := settings.Read(archived)
	if problems != nil {
		return nil // an older bridge's: this program cannot compare it
	}
	return sameBridge(path, old, config)
}

// sameBridge refuses a configuration under which what is in the database means something
// else.
func sameBridge(path string, old, now *settings.Config) error {
	var differ []string
	for _, each := range []struct {
		key      string
		was, is  string
		isSecret bool
	}{
		{"homeserver.domain", old.Homeserver.Domain, now.Homeserver.Domain, false},
		{"appservice.id", old.AppService.ID, now.AppService.ID, false},
		{"appservice.bot.username", old.AppService.Bot.Username, now.AppService.Bot.Username, false},
		{"appservice.username_template", old.AppService.UsernameTemplate, now.AppService.UsernameTemplate, false},
		{"encryption.pickle_key", old.Encryption.PickleKey, now.Encryption.PickleKey, true},
	} {
		switch {
		case each.was == each.is || each.isSecret && !old.Encryption.Allow:
		case each.isSecret:
			differ = append(differ, each.key)
		default:
			differ = append(differ, fmt.Sprintf("%s (%s, here %s)", each.key, each.was, each.is))
		}
	}
	if len(differ) == 0 {
		return nil
	}
	return exit.New(exit.Config, "%s: the backup is of a bridge with another %s; set it as it was, or move this configuration away to have the backup's written", path, strings.Join(differ, ", "))
}

// putBack replaces the database.
func (r *restore) putBack(ctx context.Context) error {
	holds, err := database.Holds(ctx, r.config)
	if err != nil {
		return err
	}
	if holds && !r.Replace {
		return exit.New(exit.CannotWrite, "%s: database.uri: there is a database already; --force puts the backup in its place and keeps it", r.config.Path)
	}
	stamp := r.stamp()
	if r.Database == postgres {
		return r.load(ctx, holds, stamp)
	}
	file := database.File(r.config)
	if file == "" {
		return exit.New(exit.Usage, "%s: database.uri: the database is in memory; there is nothing to restore", r.config.Path)
	}
	copied := filepath.Join(r.folder, databaseName)
	if err := database.MarkCopy(ctx, copied, r.Now); err != nil {
		return noRoom(err)
	}
	if err := database.ReplaceFile(r.config, copied, file+stamp); err != nil {
		return cannotWrite(file, err)
	}
	if holds {
		r.Kept = file + stamp
	}
	return nil
}

// stamp ends the names of what is kept.
func (r *restore) stamp() string { return ".before-" + r.Now.UTC().Format("20060102-150405") }

// load puts a dump into the database on a server. What is there is dumped before.
func (r *restore) load(ctx context.Context, holds bool, stamp string) error {
	if holds {
		kept := r.Path + stamp
		_, err := Make(ctx, r.config, Options{Path: kept, Version: r.Version, Now: r.Now, anyVersion: true})
		if err != nil {
			return fmt.Errorf("what is in the database could not be kept, so it was not replaced: %w", err)
		}
		r.Kept = kept
	}
	return database.Load(ctx, r.config, filepath.Join(r.folder, dumpName), r.Schema, r.Now)
}

// writeFiles writes the configuration and the registration where there is none.
func (r *restore) writeFiles() error {
	for _, file := range []struct{ name, path string }{{configName, r.Config}, {registrationName, r.Registration}} {
		if !slices.Contains(r.Files, file.name) || file.path == "" {
			continue
		}
		if _, err := os.Lstat(file.path); !errors.Is(err, fs.ErrNotExist) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(r.folder, file.name))
		if err == nil {
			err = r.write(file.path, text)
		}
		if err != nil {
			return cannotWrite(file.path, err)
		}
	}
	return nil
}

// write writes a file for the owner of its folder.
func (r *restore) write(path string, text []byte) error {
	if _, err := atomicfile.Write(path, text, 0o600); err != nil {
		return err
	}
	r.Written = append(r.Written, path)
	return giveToOwner(path)
}

// giveToOwner gives what root has made to the owner of the folder that it is in: the bridge's
// user, who has to read it.
func giveToOwner(path string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	info, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return err
	}
	if owner, ok := info.Sys().(*syscall.Stat_t); ok {
		return os.Chown(path, int(owner.Uid), int(owner.Gid))
	}
	return nil
}
