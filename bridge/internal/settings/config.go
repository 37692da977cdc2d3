// Package settings owns the bridge's configuration: the example template with
// its comments and defaults, the rendering of a config.yaml from it, and the
// checks that find every mistake at once and say how to cure it. It must not
// open connections, and only Render's caller writes files: a running bridge
// never changes its own configuration.
//
// The example is the one list of keys. What it does not hold is an unknown key,
// a value's type is the type of the value there, and a key that a file leaves
// out has the value there.
package settings

import (
	"path/filepath"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2/bridgeconfig"

	"ops-jrz1/bridge/internal/logging"
)

// Config is a configuration that Load has found to be complete and consistent.
// The embedded part is what the framework reads; pass &c.Config to it. The
// fields below stand in front of the framework's fields of the same name.
type Config struct {
	bridgeconfig.Config

	// Path is the file that the configuration was read from.
	Path string
	// StartupWait is homeserver.startup_wait: how long `run` waits for a database
	// server that does not answer yet, and then for a homeserver that does not or
	// refuses the as_token, before it exits.
	StartupWait time.Duration
	// Network is everything that concerns Slack.
	Network Network
	// Operator is the section of that name.
	Operator Operator
	// Logging is the level and the format of the one log.
	Logging logging.Config
}

// Operator says how whoever runs the bridge talks to it.
type Operator struct {
	// Socket is the path of the Unix socket, "" if it is to be found by
	// OperatorSocket.
	Socket string `yaml:"socket"`
}

// socketName is the socket's name where operator.socket does not give it.
const socketName = "control.sock"

// OperatorSocket is the absolute path of the Unix socket on which a running bridge answers
// its operator. lookup finds environment variables: systemd names the runtime
// directories of a service in RUNTIME_DIRECTORY, separated by colons (systemd.exec(5)).
func (c *Config) OperatorSocket(lookup func(string) (string, bool)) string {
	folder := filepath.Dir(c.Path)
	if c.Operator.Socket != "" {
		return resolve(folder, c.Operator.Socket)
	}
	if given, _ := lookup("RUNTIME_DIRECTORY"); given != "" {
		first, _, _ := strings.Cut(given, ":")
		return filepath.Join(first, socketName)
	}
	return resolve(folder, socketName)
}

// AliasLocalpart returns the localpart of the room alias under which a public
// Slack channel can be joined, e.g. `slack_general`: the ghosts' template with
// the channel's name in the place of the ghost's id.
func (c *Config) AliasLocalpart(channel string) string {
	return c.AppService.FormatUsername(strings.ToLower(channel))
}
