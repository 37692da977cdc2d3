package connector

import (
	"context"

	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackid"
)

// Gate waits until Slack's limits let a Matrix event through, so that no portal
// is locked meanwhile. Events that cause no call pass at once.
func (c *Connector) Gate(ctx context.Context, evt *event.Event) error {
	method := c.methodOf(ctx, evt)
	if method == "" {
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil || portal.Relay == nil {
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

// methodOf is the Web API method that an event of Matrix will cause first while
// its portal is locked, or "". Reactions lock no portal and wait by themselves.
func (c *Connector) methodOf(ctx context.Context, evt *event.Event) string {
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
