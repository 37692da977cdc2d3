package connector

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackid"
)

// Gate waits until Slack's limits let a Matrix event through, so that no portal
// is locked meanwhile. Events that cause no call pass at once. Its error means that
// the database does not answer: the framework would drop the event for that.
func (c *Connector) Gate(ctx context.Context, evt *event.Event) error {
	c.verdicts.begin(evt.ID)
	method := c.methodOf(ctx, evt)
	if method == "" {
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil || portal.Relay == nil {
		return err
	}
	if err := c.loginsKnown(ctx, portal, evt.Sender); err != nil {
		return err
	}
	client, ok := portal.Relay.Client.(*Client)
	if !ok || client.unusable() != "" {
		return nil
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil || channel == "" {
		return nil // nothing of it goes to Slack; the handlers say why
	}
	return client.api.Ready(ctx, method, channel)
}

// loginsKnown asks the database for what the framework will ask it to know whose
// login an event takes.
func (c *Connector) loginsKnown(ctx context.Context, portal *bridgev2.Portal, sender id.UserID) error {
	user, err := c.bridge.GetUserByMXID(ctx, sender)
	if err != nil || user == nil {
		return err
	}
	if _, _, err := portal.FindPreferredLogin(ctx, user, true); err != nil && !errors.Is(err, bridgev2.ErrNotLoggedIn) {
		return fmt.Errorf("look up the logins of %s: %w", sender, err)
	}
	return nil
}

// methodOf is the Web API method that an event of Matrix will cause first while
// its portal is locked, or "". Reactions lock no portal and wait by themselves.
func (c *Connector) methodOf(ctx context.Context, evt *event.Event) string {
	if c.ours(evt.Sender) {
		return ""
	}
	switch evt.Type {
	case event.EventMessage, event.EventSticker, event.EventEncrypted:
		if content, ok := evt.Content.Parsed.(*event.MessageEventContent); ok && content.RelatesTo.GetReplaceID() != "" {
			return "chat.update"
		}
		return "chat.postMessage"
	case event.EventRedaction:
		if reactor, err := c.db.ReactorByEvent(ctx, redacted(evt)); err == nil && reactor != nil {
			return ""
		}
		return "chat.delete"
	default:
		return ""
	}
}

// ours says whether a Matrix user is the bridge's bot or one of its ghosts: what
// they say comes from Slack.
func (c *Connector) ours(user id.UserID) bool {
	return user == c.bridge.Bot.GetMXID() || c.bridge.IsGhostMXID(user)
}
