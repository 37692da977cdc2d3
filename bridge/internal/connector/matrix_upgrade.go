package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

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
	if evt.Type != event.StateTombstone || evt.GetStateKey() != "" || evt.Content.AsTombstone().ReplacementRoom == "" {
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
		return true, c.connector.notice(ctx, evt.RoomID, fmt.Sprintf("I was not invited to the room that replaces this one. Invite %s there, and write `%s %s` in it with the channel's name.", bot.GetMXID(), c.connector.bridge.Config.CommandPrefix, plumbName))
	}
	if !c.connector.Ours(evt.Sender) && !c.connector.bridge.Config.Permissions.Get(evt.Sender).Admin {
		levels, err := c.connector.powerLevels(ctx, replacement)
		if err != nil {
			return true, fmt.Errorf("look up the power levels of %s: %w", replacement, err)
		}
		if levels.GetUserLevel(evt.Sender) < levels.Invite() {
			zerolog.Ctx(ctx).Warn().Stringer("replacement", replacement).Msg("Who upgraded a room has no power in the one that replaces it; it is not followed")
			return true, nil
		}
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

// follow moves a portal into the room that replaces its own, under its lock.
func (c *Client) follow(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) error {
	if portal.MXID != evt.RoomID {
		return nil
	}
	meta := portal.Metadata.(*PortalMetadata)
	meta.Room = evt.RoomID
	err := c.connector.moveRoom(ctx, portal, evt.Content.AsTombstone().ReplacementRoom, bridgev2.UpdateMatrixRoomIDParams{
		SyncDBMetadata: func() { c.noticeUpgrade(portal, meta) },
	})
	if errors.Is(err, bridgev2.ErrTargetRoomIsPortal) {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("The room that replaces a channel's is another channel's; it is not followed")
		return nil
	} else if err != nil {
		return fmt.Errorf("follow the upgrade of %s: %w", evt.RoomID, err)
	}
	zerolog.Ctx(ctx).Info().Stringer("from", evt.RoomID).Stringer("to", portal.MXID).Msg("A room was upgraded; its channel goes on in the new one")
	c.roomExtras(ctx, portal)
	if err := c.outOfSpace(ctx, evt.RoomID); err != nil {
		return err
	}
	return onlyTransient(ctx, c.connector.bridge.Bot.DeleteRoom(ctx, evt.RoomID, true), "leave a room that was upgraded")
}
