package connector

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

// Owners returns the owners of logins, each with what sends a text to their management room. Two
// texts with one key are sent once. The owner of a declared login is one before it could be made,
// unless they were erased.
func (c *Connector) Owners() map[id.UserID]func(ctx context.Context, key, text string) error {
	owners := map[id.UserID]func(context.Context, string, string) error{}
	for _, client := range c.clients.all() {
		owners[client.login.UserMXID] = c.tellerTo(client.login.UserMXID)
	}
	for _, login := range c.Unmade() {
		if !c.IsErased(login.Owner) {
			owners[login.Owner] = c.tellerTo(login.Owner)
		}
	}
	return owners
}

func (c *Connector) tellerTo(owner id.UserID) func(ctx context.Context, key, text string) error {
	return func(ctx context.Context, key, text string) error {
		user, err := c.bridge.GetUserByMXID(ctx, owner)
		if err != nil {
			return fmt.Errorf("load user %s: %w", owner, err)
		}
		return c.tellOwner(withSendPlan(ctx, newSendPlan("trouble", key)), user, event.MsgText, text)
	}
}

// OwnerOf returns the owner of a login, and the name of its workspace if that is known; both are
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
