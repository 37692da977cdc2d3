package testbed

import _ "embed"

// DefaultSeed is the workspace of scenarios without a seed of their own, in the form
// that slack-emulator reads.
//
//go:embed seed.yaml
var DefaultSeed string

// Names and ids of the default seed.
const (
	TeamID   = "T0BED00001"
	TeamName = "Acme"
	// Bot is the bridge's bot among the members of a channel.
	Bot = "U0BRIDGE01"

	bridgeApp = "A0BRIDGE01"
)
