package testbed

import _ "embed"

// DefaultSeed is the workspace of scenarios that bring none, in the form that
// slack-emulator takes.
//
//go:embed seed.yaml
var DefaultSeed string

// What the default seed has.
const (
	TeamID   = "T0BED00001"
	TeamName = "Acme"
	// Bot is the bridge's bot among the members of a channel.
	Bot = "U0BRIDGE01"

	bridgeApp = "A0BRIDGE01"
)
