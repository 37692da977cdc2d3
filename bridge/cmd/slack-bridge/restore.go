package main

import (
	"context"
	"fmt"
	"path/filepath"
	"time"

	"ops-jrz1/bridge/internal/backup"
	"ops-jrz1/bridge/internal/exit"
)

func restoreCommand() command {
	return command{
		name:    "restore",
		summary: "put a copy of the bridge back that backup made",
		help: `
Puts the database of FILE, which backup made, in the place of the bridge's. Stop the bridge
first: a database that is in use is not touched. FILE is checked before anything is changed,
and refused if it is damaged, of a newer bridge, of another type of database, or of another
bridge than the configuration's.

A database that is there is replaced with --force only, and kept: one of SQLite's in a folder
next to it, one of PostgreSQL's in a file next to FILE. A configuration and a registration
that are there stay; those that are missing are written from FILE. PostgreSQL takes its own
programs pg_dump, pg_restore and psql. Run it as the bridge's user; with SQLite, root will do.
docs/reference/backup.md says more.`,
		setup: setupRestore,
	}
}

func setupRestore(o *options) action {
	path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
	reg := o.text("r", "registration", "", "FILE", "the registration; registration.yaml beside the configuration if not given")
	force := o.on("", "force", "replace the database that is there, and keep it")
	file := o.argument("FILE")
	return func(ctx context.Context, std streams) error {
		if *file == stdout || *file == "" {
			return exit.New(exit.Usage, "restore needs the name of a file")
		}
		done, err := backup.Restore(ctx, backup.RestoreOptions{
			Path: *file, Config: *path, Registration: registrationFile(*reg, *path), Replace: *force, Version: ownVersion(), Now: time.Now(),
		})
		if err != nil {
			return err
		}
		return reportRestore(std, *file, done)
	}
}

func reportRestore(std streams, file string, done backup.Restored) error {
	for _, path := range done.Written {
		if _, err := fmt.Fprintf(std.out, "%s: written\n", path); err != nil {
			return err
		}
	}
	if done.Kept != "" {
		if _, err := fmt.Fprintf(std.out, "%s: the database that was there\n", done.Kept); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(std.out, "%s: restored, as the bridge was at %s; start the bridge\n", file, done.Made.Format(time.RFC3339))
	return err
}

// registrationFile is the registration that belongs to a configuration.
func registrationFile(given, config string) string {
	if given != "" {
		return given
	}
	return filepath.Join(filepath.Dir(config), "registration.yaml")
}
