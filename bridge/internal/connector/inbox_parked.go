package connector

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
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
	what := "carry over something from Slack"
	if _, channel, ok := strings.Cut(row.Lane, "/"); ok && channel != "" {
		what = "carry over " + c.describe(channel)
	}
	return c.connector.tellOwner(ctx, c.login.User, event.MsgNotice, parkedText(what, row))
}

// describe names a conversation for people.
func (c *Client) describe(channel string) string {
	if conversation, known := c.conversations.cached(channel); known && conversation.Name != "" {
		return "something from #" + conversation.Name
	}
	return "something from Slack's conversation " + channel
}

// tellParkedFromMatrix tells a person that a row of the homeserver's source is parked: of an event
// the owner of its room's login, of any other row an admin. Keys for encryption are left out,
// because no person can make them readable.
func (c *Connector) tellParkedFromMatrix(ctx context.Context, row inbox.Parked) error {
	switch {
	case matrixevent.IsEvent(row.Kind):
		return c.tellParkedEvent(ctx, row)
	case row.Kind == matrixevent.KindToDevice || row.Kind == matrixevent.KindKeys:
		return nil
	case row.Kind == kindErase:
		return c.tellAdmin(ctx, parkedText("finish erasing a person", row))
	default:
		return c.tellAdmin(ctx, parkedText("handle a row of kind "+row.Kind, row))
	}
}

// tellParkedEvent tells the owner of a room's login that an event from Matrix is
// parked. If the room has no login, no person could do anything: the event is only in
// the log and in the list.
func (c *Connector) tellParkedEvent(ctx context.Context, row inbox.Parked) error {
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
	what := "carry over something from Matrix"
	if _, channel, err := slackid.ParsePortalID(portal.ID); err == nil && channel != "" {
		name, err := c.calledAs(ctx, portal)
		if err != nil {
			return err
		}
		what = "carry over something that was said in Matrix, in " + name
	}
	return c.tellOwner(ctx, client.login.User, event.MsgNotice, parkedText(what, row))
}

// parkedText says what the bridge could not do, and what a person can do about it.
func parkedText(what string, row inbox.Parked) string {
	return fmt.Sprintf("The bridge could not %s: %s. It is kept as row %d. When the reason is gone, `!slack inbox retry %d` tries it again; `!slack inbox drop %d` gives it up.",
		what, row.Reason, row.ID, row.ID, row.ID)
}

// tellAdmin tells one admin of the bridge: owners of logins come before those whom the permissions
// name. If one cannot be told, the next is.
func (c *Connector) tellAdmin(ctx context.Context, text string) error {
	var failed error
	for _, admin := range c.admins() {
		user, err := c.bridge.GetUserByMXID(ctx, admin)
		if err == nil {
			err = c.tellOwner(ctx, user, event.MsgNotice, text)
		}
		if err == nil {
			return nil
		}
		failed = errors.Join(failed, fmt.Errorf("tell the admin %s: %w", admin, err))
	}
	return failed
}

// admins are the admins of the bridge who are known by name and were not erased.
func (c *Connector) admins() []id.UserID {
	named := make([]id.UserID, 0, len(c.bridge.Config.Permissions))
	for name := range c.bridge.Config.Permissions {
		if strings.HasPrefix(name, "@") {
			named = append(named, id.UserID(name))
		}
	}
	slices.Sort(named)
	admins := slices.Sorted(maps.Keys(c.Owners()))
	for _, user := range named {
		if !slices.Contains(admins, user) {
			admins = append(admins, user)
		}
	}
	return slices.DeleteFunc(admins, func(user id.UserID) bool {
		return !c.bridge.Config.Permissions.Get(user).Admin || c.IsErased(user)
	})
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
