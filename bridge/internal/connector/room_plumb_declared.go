package connector

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
)

// network.channels.rooms links channels with rooms that people made. A channel that is
// named there gets no other room. What cannot be linked yet, for example because the bot was
// not invited, is tried again until it is.

// plumbDeclared links the rooms of network.channels.rooms until all are linked or the
// session ends, and unlinks those that are no longer named there.
func (s *session) plumbDeclared(ctx context.Context) {
	told := map[int]string{} // by the entry, what was said of it
	toldRooms := map[id.RoomID]bool{}
	for attempt := 1; ; attempt++ {
		left := s.client.unlinkUndeclared(ctx, toldRooms) + s.client.linkDeclared(ctx, told)
		if left == 0 {
			return
		}
		select {
		case <-time.After(s.client.connector.scaled(backoff(attempt))):
		case <-ctx.Done():
			return
		}
	}
}

// linkDeclared tries to link each entry and says how many are not linked. The login's owner
// is told once why one is not.
func (c *Client) linkDeclared(ctx context.Context, told map[int]string) (left int) {
	for i, entry := range c.connector.options.Network.Channels.Rooms {
		err := c.linkEntry(ctx, entry)
		if err == nil || ctx.Err() != nil {
			continue
		}
		left++
		if told[i] == err.Error() {
			continue
		}
		told[i] = err.Error()
		zerolog.Ctx(ctx).Warn().Err(withoutAdvice(err)).Str("channel", entry.Channel).Str("room", entry.Room).Msg("An entry of network.channels.rooms is not in force yet; it is tried again")
		if isTriedAgain(err) {
			continue
		}
		text := fmt.Sprintf("The room of %s in `network.channels.rooms` is not linked yet: %s. It is tried again by itself.", entry.Channel, err)
		if err := c.connector.tellOwner(ctx, c.login.User, event.MsgNotice, text); err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not say that a room is not linked")
		}
	}
	return left
}

// linkEntry links one entry, if it is not.
func (c *Client) linkEntry(ctx context.Context, entry settings.ChannelRoom) error {
	room, err := c.connector.roomNamed(ctx, entry.Room)
	if err != nil {
		return err
	}
	linked, err := c.connector.bridge.GetPortalByMXID(ctx, room)
	if err != nil || linked != nil && c.connector.declaredAs(linked) == entry.Channel {
		return wrapped(err, "load the portal of %s", room) // also if the channel has another name now
	}
	if followed, err := c.connector.hasFollowed(ctx, entry.Channel, room); err != nil || followed {
		return err
	}
	conversation, err := c.channelToPlumb(ctx, entry.Channel)
	if err != nil {
		return err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, c.conversations.keyOf(conversation))
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
	}
	if c.connector.roomOf(portal) == room {
		return c.declare(portal, entry.Channel)
	}
	wish := plumbing{channel: conversation.ID, room: room, entry: entry.Channel, move: entry.Move}
	if portal != nil && c.connector.declaredAs(portal) != "" {
		wish.move = true // the entry named another room before
	}
	_, err = c.plumb(ctx, wish)
	return err
}

// declaredAs is the channel, as it is written, of the entry that links a portal's room, ""
// if the configuration does not.
func (c *Connector) declaredAs(portal *bridgev2.Portal) string {
	c.closures.RLock()
	defer c.closures.RUnlock()
	return portal.Metadata.(*PortalMetadata).Declared
}

// hasFollowed says whether the room of an entry was upgraded, and its channel goes on in the room
// that replaces it.
func (c *Connector) hasFollowed(ctx context.Context, entry string, room id.RoomID) (bool, error) {
	portals, err := c.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		return false, fmt.Errorf("list the rooms: %w", err)
	}
	c.closures.RLock()
	defer c.closures.RUnlock()
	return slices.ContainsFunc(portals, func(portal *bridgev2.Portal) bool {
		meta := portal.Metadata.(*PortalMetadata)
		return meta.Declared == entry && slices.Contains(meta.Replaced, room)
	}), nil
}

// declare notes that an entry links a plumbed room.
func (c *Client) declare(portal *bridgev2.Portal, entry string) error {
	if !c.connector.isPlumbed(portal) {
		return nil
	}
	return c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			c.connector.noteShown(portal, func(meta *PortalMetadata) { meta.Declared = entry })
			return wrapped(portal.Save(ctx), "note that the configuration links %s", portal.MXID)
		},
	})
}

// unlinkUndeclared leaves the rooms to their people that the configuration no longer links,
// and says how many could not be. Each is told once.
func (c *Client) unlinkUndeclared(ctx context.Context, told map[id.RoomID]bool) (left int) {
	portals, err := c.connector.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Cannot look up which rooms the configuration links")
		return 1
	}
	for _, portal := range portals {
		entry := c.connector.declaredAs(portal)
		if entry == "" || c.connector.relayOf(portal) != c || c.connector.options.Network.Channels.HasRoomFor(entry) {
			continue
		}
		conversation, err := c.conversations.get(ctx, channelOf(portal))
		if err != nil && isTriedAgain(err) {
			left++
			continue
		}
		if c.namesRoomOf(conversation.Name, channelOf(portal)) {
			continue
		}
		name, err := c.connector.calledAs(ctx, portal)
		if err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not look up what a room is called")
		}
		room := c.connector.roomOf(portal)
		if text := cmp.Or(name, "A Slack channel") + " is no longer linked with this room."; !told[room] {
			if err := c.connector.notice(ctx, room, text); err != nil {
				zerolog.Ctx(ctx).Info().Err(err).Msg("Could not say in a room that it is no longer linked")
			}
			told[room] = true
		}
		if err := c.connector.unlink(ctx, portal); err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not unlink a room; it is tried again")
			left++
		}
	}
	return left
}
