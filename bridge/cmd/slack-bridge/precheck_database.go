package main

import (
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/settings"
)

// databaseProblems reports a path at which the database's file cannot be.
func databaseProblems(config *settings.Config) settings.Problems {
	what, cure := database.FileFault(config)
	if what == "" {
		return nil
	}
	return settings.Problems{{File: config.Path, Key: "database.uri", What: what, Cure: cure}}
}
