package connector

import (
	"context"
	"fmt"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackid"
)

// tellParked tells the login's owner that a row from Slack is parked.
func (c *Client) tellParked(ctx context.Context, row inbox.Parked) error {
	where := "something from Slack"
	if _, channel, ok := strings.Cut(row.Lane, "/"); ok && channel != "" {
		where = c.describe(channel)
	}
	return c.connector.tellOwner(ctx, c.login.User, event.MsgNotice, parkedText(where, row))
}

// describe names a conversation for people.
func (c *Client) describe(channel string) string {
	if conversation, known := c.conversations.cached(channel); known && conversation.Name != "" {
		return "something from #" + conversation.Name
	}
	return "something from Slack's conversation " + channel
}

// tellParkedEvent tells the owner of a room's login that an event from Matrix is
// parked. If the room has no login, no person could do anything: the event is only in
// the log and in the list.
func (c *Connector) tellParkedEvent(ctx context.Context, row inbox.Parked) error {
	if !matrixevent.IsEvent(row.Kind) {
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, id.RoomID(row.Lane))
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", row.Lane, err)
	}
	if portal == nil {
		return nil
	}
	client := c.relayOf(portal)
	if client == nil {
		return nil
	}
	where := "something from Matrix"
	if _, channel, err := slackid.ParsePortalID(portal.ID); err == nil && channel != "" {
		name, err := c.calledAs(ctx, portal)
		if err != nil {
			return err
		}
		where = "something that was said in Matrix, in " + name
	}
	return c.tellOwner(ctx, client.login.User, event.MsgNotice, parkedText(where, row))
}

func parkedText(where string, row inbox.Parked) string {
	return fmt.Sprintf("The bridge could not carry over %s: %s. It is kept as row %d. When the reason is gone, `!slack inbox retry %d` tries it again; `!slack inbox drop %d` gives it up.",
		where, row.Reason, row.ID, row.ID, row.ID)
}

// tellOwner sends a text to the management room of a login's owner.
func (c *Connector) tellOwner(ctx context.Context, owner *bridgev2.User, kind event.MessageType, text string) error {
	room, err := owner.GetManagementRoom(ctx)
	if err != nil {
		return fmt.Errorf("open the management room of %s: %w", owner.MXID, err)
	}
	content := format.RenderMarkdown(text, true, false)
	content.MsgType = kind
	content.Mentions = &event.Mentions{}
	if _, err := c.bridge.Bot.SendMessage(ctx, room, event.EventMessage, &event.Content{Parsed: &content}, nil); err != nil {
		return fmt.Errorf("say it in the management room of %s: %w", owner.MXID, err)
	}
	zerolog.Ctx(ctx).Debug().Stringer("room_id", room).Msg("Told the login's owner")
	return nil
}
