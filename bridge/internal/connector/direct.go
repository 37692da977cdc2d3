package connector

import (
	"context"
	"fmt"
	"slices"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// The app's bot has one direct conversation with each person or group in Slack, and all of
// Matrix shares it. So one person in Matrix holds it: the one who began it, or the login's
// owner if a person in Slack did. Others come in by the holder's invitation alone, and no
// one takes a conversation over, since its history is the holder's.

// isDirect says whether a conversation is a direct or group direct message.
func isDirect(conversation slackevent.Conversation) bool {
	return conversation.IsIM || conversation.IsMPIM
}

// hold makes a person the holder of a direct conversation unless it has one, and returns
// the holder.
func (c *Client) hold(ctx context.Context, key networkid.PortalKey, person id.UserID) (id.UserID, error) {
	known := string(key.ID) + " " + string(key.Receiver)
	if holder, ok := c.holders.get(known); ok {
		return holder, nil
	}
	holder, err := c.connector.db.HoldDirect(ctx, key, person)
	if err == nil {
		c.holders.put(known, holder)
	}
	return holder, err
}

// holder returns who holds a direct conversation, which is the login's owner unless
// another person began it. It is "" if who held it was erased: it is no one else's then.
func (c *Client) holder(ctx context.Context, key networkid.PortalKey) (id.UserID, error) {
	return c.hold(ctx, key, c.login.UserMXID)
}

// directLevels let the holder of a direct conversation invite others and moderate its room.
func directLevels(holder id.UserID) *bridgev2.PowerLevelOverrides {
	level := ownerLevel
	if holder == "" {
		return &bridgev2.PowerLevelOverrides{Invite: &level}
	}
	return &bridgev2.PowerLevelOverrides{
		Invite: &level,
		Custom: func(levels *event.PowerLevelsEventContent) bool { return levels.EnsureUserLevel(holder, level) },
	}
}

// isDirectPortal says whether a portal is a direct conversation's.
func isDirectPortal(portal *bridgev2.Portal) bool {
	return portal.RoomType == database.RoomTypeDM || portal.RoomType == database.RoomTypeGroupDM
}

// inviteHolder invites the holder of a direct conversation to its room once. It runs under
// the portal's lock.
func (c *Client) inviteHolder(ctx context.Context, portal *bridgev2.Portal) {
	meta, what := portal.Metadata.(*PortalMetadata), "holder "+portal.MXID.String()
	if !c.cooldowns.over(what) {
		return
	}
	holder, err := c.holder(ctx, portal.PortalKey)
	if err == nil && (holder == "" || slices.Contains(meta.Invited, holder)) {
		return
	}
	if err == nil {
		err = c.letIn(ctx, portal, holder)
	}
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Str("portal", string(portal.ID)).Msg("Could not invite the holder of a direct conversation to its room")
		c.cooldowns.start(what)
		return
	}
	c.cooldowns.clear(what)
	meta.Invited = append(meta.Invited, holder)
	c.saveExtras(ctx, portal)
}

// letIn invites a person to a portal's room, or has them join it if the bridge may act for
// them. It waits until the room is filled.
func (c *Client) letIn(ctx context.Context, portal *bridgev2.Portal, person id.UserID) error {
	if err := c.connector.awaitFilled(ctx, portal); err != nil {
		return err
	}
	room := c.connector.roomOf(portal)
	user, err := c.connector.bridge.GetUserByMXID(ctx, person)
	if err != nil {
		return fmt.Errorf("load the user %s: %w", person, err)
	}
	if puppet := user.DoublePuppet(ctx); puppet != nil {
		return wrapped(puppet.EnsureJoined(ctx, room), "have %s join %s", person, room)
	}
	return wrapped(c.connector.bridge.Bot.EnsureInvited(ctx, room, person), "invite %s to %s", person, room)
}
