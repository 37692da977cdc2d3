package main

import (
	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/settings"
)

// databaseProblems finds a place for the database's file in which there can be none.
func databaseProblems(config *settings.Config) settings.Problems {
	what, cure := database.FileFault(config)
	if what == "" {
		return nil
	}
	return settings.Problems{{File: config.Path, Key: "database.uri", What: what, Cure: cure}}
}
