package settings

import (
	"path/filepath"
	"strings"
)

// Operator says how the bridge's operator talks to it.
type Operator struct {
	// Socket is the path of the Unix socket, "" if it is to be found by
	// OperatorSocket.
	Socket string `yaml:"socket"`
	// Address is where /healthz, /readyz, /metrics and the status page are, "" if nowhere.
	Address string `yaml:"address"`
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

// operatorKeys are the rows of the section operator.
func operatorKeys() *key {
	return &key{
		name: "operator", into: func(c *Config) any { return &c.Operator },
		doc: lines(
			"How the bridge's operator asks it and gives it orders, such as",
			"`slack-bridge inbox list`.",
		),
		keys: []*key{
			{
				name: "socket", kind: kindText, value: `""`, check: isSocketPath,
				doc: lines(
					"The Unix socket of a running bridge, for root and the bridge's user alone. Its folder",
					"must not be writable for other users. A relative path begins in the folder of this",
					"file. Empty is control.sock in the service's runtime directory, if systemd gives one",
					"(RUNTIME_DIRECTORY), or else next to this file. Set it if systemd does: commands",
					"that are not run by the service find the socket only here.",
				),
			},
			{
				name: "address", kind: kindText, value: "127.0.0.1:29320", check: optional(isListenAddress),
				doc: lines(
					"Where the bridge answers whether it goes on (/healthz), whether messages cross",
					"(/readyz), with metrics for Prometheus (/metrics) and with a page for people (/). It",
					"asks for no token, so it is for this machine or a network of your own. Empty is",
					"nowhere.",
				),
			},
		},
	}
}
