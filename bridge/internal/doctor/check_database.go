package doctor

import (
	"context"
	"errors"
	"fmt"

	"ops-jrz1/bridge/internal/database"
)

// checkDatabase looks into the database.
func (e *examination) checkDatabase(ctx context.Context) (string, []Finding) {
	state, err := database.Inspect(ctx, e.config)
	if err == nil {
		return fmt.Sprintf("%s, tables of version %d", state.Engine, state.Version), nil
	}
	var failed *database.Error
	if !errors.As(err, &failed) {
		return databaseUnusable.one("the database cannot be looked into", err.Error(), "report this with the log")
	}
	finding := databaseUnusable.found("database.uri in "+failed.File+": "+failed.What, "", failed.Cure)
	finding.Exit = failed.Code
	return "", []Finding{finding}
}
