// Package settings owns the bridge's configuration: the table of its keys, the
// example and the reference page made from it, the rendering of a config.yaml, and
// the checks that find every mistake at once and say how to cure it. It must not
// open connections, and only Render's caller writes files: a running bridge
// never changes its own configuration.
//
// The table (table.go, with one file for each section) is the one list of keys. To
// add a key, add a row: its type, default, check, secrecy, documentation, and the
// field that it is decoded to.
package settings

import (
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2/bridgeconfig"

	"ops-jrz1/bridge/internal/logging"
)

// Config is a configuration that Load has found to be complete and consistent.
// The embedded part is what the framework reads; pass &c.Config to it. The
// fields below hide the framework's fields of the same name.
type Config struct {
	bridgeconfig.Config

	// Path is the file that the configuration was read from.
	Path string
	// Digest is the same for files with the same bytes, and says nothing about them. It is
	// empty if the configuration was not read from a file.
	Digest string
	// StartupWait is homeserver.startup_wait: how long `run` waits for a database
	// server that does not answer yet, and then for a homeserver that does not or
	// refuses the as_token, before it exits.
	StartupWait time.Duration
	// Network is everything that concerns Slack.
	Network Network
	// Faces is the section of that name.
	Faces Faces
	// Backfill is the section of that name. The framework's own backfill is off.
	Backfill Backfill
	// Media is the section of that name.
	Media Media
	// Operator is the section of that name.
	Operator Operator
	// Logging is the level and the format of the one log.
	Logging logging.Config
}

// AliasLocalpart returns the localpart of the room alias under which a public
// Slack channel can be joined, e.g. `slack_general`: the ghosts' template with
// the channel's name in the place of the ghost's id.
func (c *Config) AliasLocalpart(channel string) string {
	return c.AppService.FormatUsername(strings.ToLower(channel))
}
