package app

import (
	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/logging"
)

// frameworkLog is where the framework logs, and the connector by it.
func (a *App) frameworkLog() zerolog.Logger { return logging.Zerolog(a.log.Named("framework")) }
