package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// When people upgrade a room, its channel goes on in the room that replaces it. The framework
// follows too, but asks once whether the bot may come in, and clients invite it after the
// upgrade.

const (
	// upgradePatience is how long the bot waits to be invited, upgradeWait the time between
	// its tries.
	upgradePatience = 10 * time.Minute
	upgradeWait     = 10 * time.Second
)

// handleMatrixUpgrade handles a room's upgrade, and says whether the event was one.
func (c *Client) handleMatrixUpgrade(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, evt *event.Event) (handled bool, err error) {
	if !isTombstone(evt) {
		return false, nil
	}
	replacement, bot := evt.Content.AsTombstone().ReplacementRoom, c.connector.bridge.Bot
	if err := bot.EnsureJoined(ctx, replacement, bridgev2.EnsureJoinedParams{Via: []string{evt.Sender.Homeserver()}}); err != nil {
		if _, passes := transient(err); passes {
			return true, fmt.Errorf("join %s: %w", replacement, err)
		}
		if time.Since(row.Arrived) < c.connector.scaled(upgradePatience) {
			return true, inbox.Later(c.connector.scaled(upgradeWait), fmt.Errorf("the bot is not invited to %s: %w", replacement, err))
		}
		return true, c.connector.notFollowed(ctx, evt, "I was not invited to the room that replaces this one.")
	}
	if may, err := c.mayReplace(ctx, evt, replacement); err != nil {
		return true, err
	} else if !may {
		zerolog.Ctx(ctx).Warn().Stringer("replacement", replacement).Msg("Who upgraded a room has no power in the one that replaces it; it is not followed")
		return true, c.connector.notFollowed(ctx, evt, fmt.Sprintf("This channel does not go on in %s: %s may not change the state of that room.", c.connector.roomLink(replacement), evt.Sender))
	}
	err = c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do:          func(ctx context.Context, portal *bridgev2.Portal) error { return c.follow(ctx, portal, evt) },
	})
	if err != nil {
		return true, err
	}
	_, err = c.connector.inbox.Put(ctx, c.resyncRow(slackevent.Conversation{ID: channelOf(portal)}, row.Key))
	return true, err
}

// isTombstone says whether an event ends a room.
func isTombstone(evt *event.Event) bool {
	return evt.Type == event.StateTombstone && evt.GetStateKey() == ""
}

// handleMatrixEnd handles that a room ends without one that replaces it, and says whether the event was
// that. The framework would take the room from its channel, no matter who ended it, and the next message
// would make another. Here a room stays with its channel until an admin of the bridge separates them.
func (c *Connector) handleMatrixEnd(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) (handled bool, err error) {
	if portal == nil || !isTombstone(evt) || evt.Content.AsTombstone().ReplacementRoom != "" {
		return false, nil
	}
	zerolog.Ctx(ctx).Warn().Stringer("sender", evt.Sender).Msg("A room was ended without one that replaces it; its channel stays in it")
	if !c.isPlumbed(portal) {
		return true, nil
	}
	text := fmt.Sprintf("The Slack channel stays linked with this room. To separate them, have a moderator of this room who is an admin of the bridge write `%s %s` in it.",
		c.bridge.Config.CommandPrefix, unplumbName)
	if c.declaredAs(portal) != "" {
		text = "The Slack channel stays linked with this room: network.channels.rooms in the bridge's configuration links them. To separate them, take the entry out and restart the bridge."
	}
	return true, c.notice(withSendPlan(ctx, newSendPlan("ended "+evt.ID.String(), "notice")), evt.RoomID, text)
}

// handleUnspokenUpgrade handles that a room is upgraded while no login speaks for it, and says whether the
// event was that. The framework would follow everyone who may invite to the new room.
func (c *Connector) handleUnspokenUpgrade(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) (handled bool, err error) {
	if portal == nil || !isTombstone(evt) {
		return false, nil
	}
	zerolog.Ctx(ctx).Warn().Stringer("sender", evt.Sender).Msg("A room was upgraded while no login speaks for its channel; the new one is not followed")
	return true, c.notFollowed(ctx, evt, "The bridge is not logged in to the workspace now, so the channel does not go on in the room that replaces this one.")
}

// mayReplace says whether the person who upgraded a room may link the channel with the room that
// replaces it, as a command would.
func (c *Client) mayReplace(ctx context.Context, evt *event.Event, replacement id.RoomID) (bool, error) {
	if c.connector.Ours(evt.Sender) {
		return true, nil
	}
	levels, err := c.connector.powerLevels(ctx, replacement)
	if err != nil {
		return false, fmt.Errorf("look up the power levels of %s: %w", replacement, err)
	}
	err = c.mayLink(ctx, plumbing{room: replacement, by: evt.Sender}, levels)
	if cannot := (*cannotPlumbError)(nil); errors.As(err, &cannot) {
		return false, nil
	}
	return err == nil, err
}

// notFollowed tells a room why its channel does not go on in the one that replaces it, and what helps.
func (c *Connector) notFollowed(ctx context.Context, evt *event.Event, why string) error {
	text := fmt.Sprintf("%s If it is to go on there, invite %s, and have a moderator of that room who is an admin of the bridge write `%s %s #channel %s` in it.",
		why, c.bridge.Bot.GetMXID(), c.bridge.Config.CommandPrefix, plumbName, moveFlag)
	return c.notice(withSendPlan(ctx, newSendPlan("not followed "+evt.ID.String(), "notice")), evt.RoomID, text)
}

// follow moves a portal into the room that replaces its own, under its lock.
func (c *Client) follow(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) error {
	if portal.MXID != evt.RoomID {
		return nil
	}
	replacement := evt.Content.AsTombstone().ReplacementRoom
	if other, err := c.connector.bridge.GetPortalByMXID(ctx, replacement); err != nil {
		return fmt.Errorf("load the portal of %s: %w", replacement, err)
	} else if other != nil {
		zerolog.Ctx(ctx).Warn().Stringer("replacement", replacement).Msg("The room that replaces a channel's is another channel's; it is not followed")
		return nil
	}
	// First: when the portal has the other room, the event is not tried again.
	if err := c.outOfSpace(ctx, evt.RoomID); err != nil {
		return err
	}
	if err := c.putLeave(ctx, evt.RoomID); err != nil {
		return err
	}
	meta := portal.Metadata.(*PortalMetadata)
	meta.Room = evt.RoomID
	err := c.connector.moveRoom(ctx, portal, replacement, bridgev2.UpdateMatrixRoomIDParams{
		SyncDBMetadata: func() {
			c.noticeUpgrade(portal, meta)
			c.connector.noteShown(portal, func(meta *PortalMetadata) {
				if meta.Declared != "" {
					meta.Replaced = append(meta.Replaced, evt.RoomID)
				}
			})
		},
	})
	if err != nil {
		return fmt.Errorf("follow the upgrade of %s: %w", evt.RoomID, err)
	}
	zerolog.Ctx(ctx).Info().Stringer("from", evt.RoomID).Stringer("to", portal.MXID).Msg("A room was upgraded; its channel goes on in the new one")
	c.roomExtras(ctx, portal)
	c.connector.leaveSoon(ctx, evt.RoomID)
	return nil
}
