package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/tables"
)

// inspectDatabase looks into the database.
func (e *examination) inspectDatabase(ctx context.Context) (string, []Finding) {
	state, err := database.Inspect(ctx, e.config, tables.Known())
	if err == nil {
		return fmt.Sprintf("%s, tables of version %d", state.Engine, state.Version), outdatedDatabases(state.Outdated)
	}
	var failed *database.Error
	if !errors.As(err, &failed) {
		return databaseUnusable.one("the database cannot be looked into", err.Error(), "report this with the log")
	}
	kind := databaseUnusable
	if errors.Is(err, database.ErrUnused) {
		kind = databaseUnused
	}
	finding := kind.found("database.uri in "+failed.File+": "+failed.What, "", failed.Cure)
	finding.Exit = failed.Code
	return "", []Finding{finding}
}

// outdatedDatabases finds what a newer C library has done to the server's indexes.
func outdatedDatabases(names []string) []Finding {
	if len(names) == 0 {
		return nil
	}
	first := names[0]
	return []Finding{databaseCollation.found(
		"sorted by another version of the C library: "+strings.Join(names, ", "),
		"an index may miss rows, and no database can be created",
		fmt.Sprintf(`for each of them, as postgres: psql -d %[1]s -c 'REINDEX DATABASE "%[1]s"' -c 'ALTER DATABASE "%[1]s" REFRESH COLLATION VERSION'`, first))}
}
