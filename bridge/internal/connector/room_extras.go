package connector

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackid"
)

// roomExtrasEvent is an event that only runs roomExtras on the portal.
func (c *Client) roomExtrasEvent(key networkid.PortalKey) *action {
	return &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do:          func(ctx context.Context, portal *bridgev2.Portal) error { c.roomExtras(ctx, portal); return nil },
	}
}

// roomExtras gives a room what the framework does not give it when it is made: the
// people of network.invite, for a public channel its alias and, when it became public or
// private, another join rule. A plumbed room gets only its members, that of a direct
// conversation its holder. It runs under the
// portal's lock and costs nothing once everything is done. What fails is tried again with
// a later event of the room.
func (c *Client) roomExtras(ctx context.Context, portal *bridgev2.Portal) {
	if portal.MXID == "" {
		return
	}
	meta := portal.Metadata.(*PortalMetadata)
	if meta.Closed == closedDeleted {
		return
	}
	if _, channel, err := slackid.ParsePortalID(portal.ID); err != nil || c.backfills.isClosedToPeople(channel) || c.connector.isBeingFilled(portal) {
		return
	}
	if c.noticeUpgrade(portal, meta) {
		c.saveExtras(ctx, portal)
	}
	if isDirectPortal(portal) {
		c.inviteHolder(ctx, portal)
		return
	}
	if meta.Plumbed {
		if c.letJoin(ctx, portal, meta) {
			c.saveExtras(ctx, portal)
		}
		return
	}
	if what := "join rule " + portal.MXID.String(); c.cooldowns.over(what) {
		if err := c.applyJoinRule(ctx, portal); err != nil {
			zerolog.Ctx(ctx).Err(err).Msg("Could not change who may join a room")
			c.cooldowns.start(what)
		} else {
			c.cooldowns.clear(what)
		}
	}
	if err := c.beginRestriction(ctx, portal); err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("Could not make a room as open to what people write as its channel is")
	}
	if err := c.applyDirection(ctx, portal); err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("Could not make a room as open to what people write as its direction says")
	}
	if c.sortInSpace(ctx, portal, meta) {
		c.saveExtras(ctx, portal)
	}
	invited, published, joining := c.invite(ctx, portal, meta), c.publish(ctx, portal, meta), c.letJoin(ctx, portal, meta)
	if invited || published || joining {
		c.saveExtras(ctx, portal)
	}
}

// saveExtras notes what was done for a room.
func (c *Client) saveExtras(ctx context.Context, portal *bridgev2.Portal) {
	if err := portal.Save(ctx); err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("Could not note what was done for a new room")
	}
}

// invite invites everyone in network.invite once.
func (c *Client) invite(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) (changed bool) {
	if meta.Outside {
		return false // only the homeserver has asked for the room yet
	}
	for _, person := range c.connector.options.Network.Invite {
		what := "invite " + portal.MXID.String() + " " + person.String()
		if slices.Contains(meta.Invited, person) || c.connector.IsErased(person) || !c.cooldowns.over(what) {
			continue
		}
		if err := c.connector.bridge.Bot.EnsureInvited(ctx, portal.MXID, person); err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Stringer("user", person).
				Msg("Could not invite a user of network.invite; is the name right and the server reachable?")
			c.cooldowns.start(what)
			continue
		}
		c.cooldowns.clear(what)
		meta.Invited = append(meta.Invited, person)
		changed = true
	}
	return changed
}

// letJoin has the other members of a new room's conversation join it.
func (c *Client) letJoin(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) (changed bool) {
	what := "joiners " + portal.MXID.String()
	if !meta.Joining || !c.cooldowns.over(what) {
		return false
	}
	occasion := ""
	if meta.Linked != 0 {
		occasion = fmt.Sprintf(" linked %d", meta.Linked)
	}
	if err := c.putJoiners(ctx, portal, occasion, meta.Unlisted); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not have the rest of a channel's members join its room")
		c.cooldowns.start(what)
		return false
	}
	c.cooldowns.clear(what)
	meta.Joining, meta.Unlisted = false, false
	return true
}

// publish gives a public channel's room its alias, and another one when the
// channel was renamed: the old name may become another channel's.
func (c *Client) publish(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) (changed bool) {
	if !meta.Public || meta.Closed == closedHidden {
		return false
	}
	connector, ok := c.connector.bridge.Matrix.(*matrix.Connector)
	if !ok {
		return false
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return false
	}
	conversation, known := c.conversations.cached(channel)
	if !known || conversation.Name == "" {
		return false
	}
	alias, old := c.connector.alias(conversation.Name), meta.Alias
	if alias == old || !c.cooldowns.over(alias.String()) {
		return false
	}
	if err := c.nameRoom(ctx, connector.Bot, alias, portal.MXID); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Stringer("alias", alias).Msg("Could not give the room its alias")
		c.cooldowns.start(alias.String())
		return false
	}
	if old != "" {
		// The next channel of that name needs the alias.
		if _, err := connector.Bot.DeleteAlias(ctx, old); err != nil && !errors.Is(err, mautrix.MNotFound) {
			zerolog.Ctx(ctx).Warn().Err(err).Stringer("alias", old).Msg("Could not take the alias of a channel's earlier name away")
			c.cooldowns.start(alias.String())
			return false
		}
	}
	c.cooldowns.clear(alias.String())
	meta.Alias = alias
	return true
}

// unpublish removes a room's alias, and the room from the homeserver's directory, to which
// a person may have added it.
func (c *Client) unpublish(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) error {
	connector, ok := c.connector.bridge.Matrix.(*matrix.Connector)
	if !ok {
		return nil
	}
	if meta.Alias != "" {
		if _, err := connector.Bot.DeleteAlias(ctx, meta.Alias); err != nil && !errors.Is(err, mautrix.MNotFound) {
			return onlyTransient(ctx, err, "take the alias of a channel away that is not public any more")
		}
		meta.Alias = ""
	}
	listed := connector.Bot.BuildClientURL("v3", "directory", "list", "room", portal.MXID)
	_, err := connector.Bot.MakeRequest(ctx, http.MethodPut, listed, map[string]string{"visibility": "private"}, nil)
	return onlyTransient(ctx, err, "take the room of a channel out of the directory that is not public any more")
}

// onlyTransient returns an error that passes by itself; any other is only logged as a
// warning.
func onlyTransient(ctx context.Context, err error, what string) error {
	if err == nil {
		return nil
	}
	if _, passes := transient(err); passes {
		return fmt.Errorf("%s: %w", what, err)
	}
	zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not " + what)
	return nil
}

// directory is the homeserver's directory of rooms.
type directory interface {
	CreateAlias(context.Context, id.RoomAlias, id.RoomID) (*mautrix.RespAliasCreate, error)
	ResolveAlias(context.Context, id.RoomAlias) (*mautrix.RespAliasResolve, error)
	DeleteAlias(context.Context, id.RoomAlias) (*mautrix.RespAliasDelete, error)
}

// nameRoom gives a room an alias that it may already have. Only the bridge makes these
// aliases. So one that leads to a room which is not a portal's is left over from a deleted
// portal or a lost database, and is taken from that room.
func (c *Client) nameRoom(ctx context.Context, rooms directory, alias id.RoomAlias, room id.RoomID) error {
	_, err := rooms.CreateAlias(ctx, alias, room)
	if !isTaken(err) {
		return err
	}
	holder, resolveErr := rooms.ResolveAlias(ctx, alias)
	if resolveErr != nil {
		return errors.Join(err, resolveErr)
	}
	if holder.RoomID == room {
		return nil
	}
	portal, loadErr := c.connector.bridge.GetPortalByMXID(ctx, holder.RoomID)
	if loadErr != nil || portal != nil {
		return errors.Join(err, loadErr)
	}
	zerolog.Ctx(ctx).Info().Stringer("alias", alias).Stringer("from", holder.RoomID).Stringer("to", room).
		Msg("Taking an alias from a room that is no longer bridged")
	if _, err := rooms.DeleteAlias(ctx, alias); err != nil {
		return err
	}
	_, err = rooms.CreateAlias(ctx, alias, room)
	return err
}

// isTaken says whether an alias exists already (Matrix specification,
// Client-Server API: PUT /directory/room/{roomAlias} answers 409).
func isTaken(err error) bool {
	status, _ := matrixStatus(err)
	return status == http.StatusConflict
}

// alias is the room alias of a public channel.
func (c *Connector) alias(channel string) id.RoomAlias {
	return id.NewRoomAlias(c.options.AliasLocalpart(channel), c.serverName())
}
