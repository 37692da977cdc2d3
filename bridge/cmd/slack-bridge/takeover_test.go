package main

import (
	"context"
	"errors"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/settings"
)

// executeSQL is `sql CONFIG FILE`: the statements of a file, one a line, are executed in
// the configuration's database, which has the framework's tables.
func executeSQL(ts *testscript.TestScript, _ bool, args []string) {
	ctx := context.Background()
	config, problems := settings.Read(ts.MkAbs(args[0]))
	ts.Check(problems.Err())
	db, err := database.OpenAlone(ctx, config, zerolog.Nop(), 0)
	ts.Check(err)
	for line := range strings.Lines(ts.ReadFile(args[1])) {
		if strings.TrimSpace(line) != "" {
			_, err := db.Exec(ctx, line)
			ts.Check(err)
		}
	}
	ts.Check(errors.Join(db.Close(), db.Unlock()))
}
