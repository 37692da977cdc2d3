package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

// Owners returns the owners of logins, each with what sends a text to their management room. Two
// texts with one key are sent once.
func (c *Connector) Owners() map[id.UserID]func(ctx context.Context, key, text string) error {
	owners := map[id.UserID]func(context.Context, string, string) error{}
	for _, client := range c.clients.all() {
		owners[client.login.UserMXID] = func(ctx context.Context, key, text string) error {
			plan := newSendPlan("trouble", key)
			return c.tellOwner(withSendPlan(ctx, plan), client, event.MsgText, text)
		}
	}
	return owners
}

// OwnerOf returns whose a login is, and what its workspace is called if that is known; both are
// empty if there is no such login.
func (c *Connector) OwnerOf(login string) (owner id.UserID, workspace string) {
	client := c.clients.of(networkid.UserLoginID(login))
	if client == nil {
		return "", ""
	}
	if who := client.who(); who != nil {
		workspace = slackfmt.Name(who.TeamName)
	}
	return client.login.UserMXID, workspace
}
