package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/backup"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
)

func backupCommand() command {
	return command{
		name:    "backup",
		summary: "copy the bridge's database and configuration, or check a copy",
		help: `
Writes a copy of the bridge's database to FILE, as it is at one moment, while the bridge
runs or while it does not, with the configuration and the registration. Run it as the
bridge's user; with SQLite, root will do. PostgreSQL takes its own program pg_dump. FILE is
a tar with checksums in it, readable by this user alone, and is there whole or not at all. A
file that exists is kept unless --force is given.

With --check, FILE is read instead: its checksums and versions are compared, and SQLite
looks through a database of its own, which is unpacked below TMPDIR meanwhile. Nothing is
changed and no configuration is read. docs/reference/backup.md says more.`,
		setup: setupBackup,
	}
}

func setupBackup(o *options) action {
	path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
	reg := o.text("r", "registration", "", "FILE", "the registration; registration.yaml beside the configuration if not given")
	force := o.on("", "force", "replace FILE if it exists")
	check := o.on("", "check", "check the copy in FILE")
	file := o.argument("FILE")
	return func(ctx context.Context, std streams) error {
		switch {
		case *check && *force:
			return exit.New(exit.Usage, "--check and --force exclude each other")
		case *file == stdout || *file == "":
			return exit.New(exit.Usage, "a backup needs the name of a file")
		case *check:
			return checkBackup(ctx, std, *file)
		default:
			return makeBackup(ctx, std, *path, backup.Options{
				Path: *file, Overwrite: *force, Registration: registrationFile(*reg, *path), Version: ownVersion(), Now: time.Now(),
			})
		}
	}
}

func makeBackup(ctx context.Context, std streams, path string, chosen backup.Options) error {
	config, problems := settings.Read(path)
	if problems != nil {
		return problems
	}
	if _, err := backup.Make(ctx, config, chosen); err != nil {
		return err
	}
	_, err := fmt.Fprintf(std.out, "%s: written\n", chosen.Path)
	return err
}

func checkBackup(ctx context.Context, std streams, path string) error {
	manifest, err := backup.Check(ctx, path)
	if err != nil {
		return err
	}
	var tables []string
	for _, table := range slices.Sorted(maps.Keys(manifest.Tables)) {
		tables = append(tables, fmt.Sprintf("%s %d", table, manifest.Tables[table]))
	}
	_, err = fmt.Fprintf(std.out, "%s: whole, made %s by %s %s (%s)\n", path,
		manifest.Made.Format(time.RFC3339), program, manifest.Program, strings.Join(tables, ", "))
	return err
}
