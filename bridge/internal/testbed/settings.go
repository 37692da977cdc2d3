package testbed

import (
	"fmt"
	"maps"

	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/ports"
	"ops-jrz1/bridge/internal/testbed/stack"
)

// defaultScale makes Slack's limits and waits twenty times shorter: fast, and
// still slow enough that an ack's three seconds, then 150 ms, can be kept.
const defaultScale = 0.05

// settings are what every scenario's bridge has, and then the scenario's own.
func (b *Bed) settings(options Options) map[string]any {
	settings := map[string]any{
		"bridge.permissions": map[string]any{ServerName: "user", OwnerID.String(): "admin"},
		"logging":            map[string]any{"level": "debug", "format": "json"},
	}
	if options.Bridge == "" { // another version may not know the key
		port, err := ports.Reserve()
		b.must(err)
		b.t.Cleanup(func() { _ = port.Release() })
		b.healthAddress = fmt.Sprintf("127.0.0.1:%d", port.Port)
		settings["operator.address"] = b.healthAddress
		settings["network.sender_limit"] = 0 // scenarios send faster than people
	}
	if !options.NoLogin {
		settings["network.logins"] = b.DeclaredLogins(OwnerID)
	}
	maps.Copy(settings, options.Settings)
	return settings
}

// DeclaredLogins is a value of network.logins: the bridge's app, for owner.
func (b *Bed) DeclaredLogins(owner id.UserID) []any { return stack.DeclaredLogins(b.Dir, owner) }

// FurtherLogin is an entry of network.logins: the app of a further workspace, for owner.
func (b *Bed) FurtherLogin(team string, owner id.UserID) any {
	return stack.FurtherLogin(b.Dir, team, owner)
}

// MustWriteToken puts a token into the file that the declared login reads: kind
// is bot or app.
func (b *Bed) MustWriteToken(kind, token string) {
	b.t.Helper()
	b.must(stack.WriteToken(b.Dir, kind, token))
}
