package connector

import (
	"context"

	"maunium.net/go/mautrix/id"
)

// Owners returns the owners of logins, each with what sends a notice to their management
// room.
func (c *Connector) Owners() map[id.UserID]func(ctx context.Context, text string) error {
	owners := map[id.UserID]func(context.Context, string) error{}
	for _, client := range c.clients.all() {
		owners[client.login.UserMXID] = func(ctx context.Context, text string) error { return c.tellOwner(ctx, client, text) }
	}
	return owners
}
