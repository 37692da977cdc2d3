package connector

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// The owners and administrators of a workspace have a power level in its rooms: enough to
// write where posting is restricted, and less than the login's owner, who can still remove
// their ghosts. Members and guests have none. It is given when a room is made, when they
// join, also by what they say, and when their role changes. A plumbed room's levels are its people's, and those of a
// direct conversation its holder's.

// The power levels of the owners and administrators of a workspace.
const (
	workspaceOwnerLevel = ownerLevel - 5
	adminLevel          = ownerLevel - 10
)

// roleOf is a user's role in their workspace.
func roleOf(user slackevent.User) slackdb.Role {
	switch {
	case user.IsOwner || user.IsPrimaryOwner:
		return slackdb.RoleOwner
	case user.IsAdmin:
		return slackdb.RoleAdmin
	}
	return ""
}

// levelOf is the power level of a person's role. A role counts in the person's own
// workspace alone.
func (c *Client) levelOf(person slackdb.Person) int {
	if person.Team != "" && person.Team != c.team {
		return 0
	}
	switch person.Role {
	case slackdb.RoleOwner:
		return workspaceOwnerLevel
	case slackdb.RoleAdmin:
		return adminLevel
	}
	return 0
}

// roleLevel is the power level of a person whom Slack has described already, or nil for one
// without a role.
func (c *Client) roleLevel(ctx context.Context, user string) (*int, error) {
	known, err := c.users.known(ctx, user)
	if level := c.levelOf(known); err == nil && level > 0 {
		return &level, nil
	}
	return nil, err
}

// empower gives a ghost the level of its role before it comes into a room by what it says there,
// as those do who are not among the first members of a large channel. after says that the room
// is yet to be made by that, and that the level is given then.
func (c *Client) empower(ctx context.Context, said bridgev2.RemoteEvent) (after bool, err error) {
	key, sender := said.GetPortalKey(), said.GetSender().Sender
	switch said.GetType() {
	case bridgev2.RemoteEventMessageUpsert, bridgev2.RemoteEventReaction:
	default:
		return false, nil
	}
	_, user, err := slackid.ParseUserID(sender)
	if err != nil {
		return false, nil // the framework says what is wrong with an id
	}
	if level, err := c.roleLevel(ctx, user); err != nil || level == nil {
		return false, err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return false, fmt.Errorf("load the portal %s: %w", key, err)
	}
	room := c.connector.roomOf(portal)
	if room == "" {
		return true, nil
	}
	member, err := c.connector.bridge.Matrix.GetMemberInfo(ctx, room, c.connector.bridge.Matrix.GhostIntent(sender).GetMXID())
	if err != nil {
		return false, fmt.Errorf("look up whether %s is in %s: %w", sender, room, err)
	}
	if member != nil && member.Membership == event.MembershipJoin {
		return false, nil
	}
	return false, c.giveRoleIn(ctx, key, sender)
}

// giveRoleIn gives a ghost the power level of its role in a room. What the homeserver refuses
// permanently keeps no message back.
func (c *Client) giveRoleIn(ctx context.Context, key networkid.PortalKey, ghost networkid.UserID) error {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil || c.connector.roomOf(portal) == "" {
		return wrapped(err, "load the portal %s", key)
	}
	err = c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do:          func(ctx context.Context, portal *bridgev2.Portal) error { return c.giveRole(ctx, portal, ghost) },
	})
	return onlyTransient(ctx, err, "give a ghost the level of its role")
}

// giveRole gives a ghost that has joined a room the power level of its role. It runs under
// the portal's lock.
func (c *Client) giveRole(ctx context.Context, portal *bridgev2.Portal, ghost networkid.UserID) error {
	_, user, err := slackid.ParseUserID(ghost)
	if err != nil || isDirectPortal(portal) {
		return nil // the framework says what is wrong with an id
	}
	level, err := c.roleLevel(ctx, user)
	if err != nil || level == nil {
		return err
	}
	member := c.connector.bridge.Matrix.GhostIntent(ghost).GetMXID()
	return c.raise(ctx, portal, member, func(*event.PowerLevelsEventContent) int { return *level })
}

// keepRole stores what Slack says of a person and, if their role is another one, changes
// their power level in their rooms. A row that is tried again cannot tell.
func (c *Client) keepRole(ctx context.Context, row *inbox.Attempt, person slackdb.Person) (news bool, err error) {
	before, _, err := c.connector.db.Person(ctx, c.team, person.ID)
	if err != nil {
		return false, err
	}
	news, err = c.users.keep(ctx, person)
	if err != nil || !news || before.Role == person.Role && row.Try == 1 && !row.Unsure {
		return news, err
	}
	return news, c.changeRole(ctx, row, c.ghostID(person.ID), c.levelOf(person))
}

// changeRole gives a ghost another power level in every room that this login posts for,
// unless it has one there that comes of something else.
func (c *Client) changeRole(ctx context.Context, row *inbox.Attempt, ghost networkid.UserID, level int) error {
	portals, err := c.connector.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	user := c.connector.bridge.Matrix.GhostIntent(ghost).GetMXID()
	for _, portal := range portals {
		if c.connector.relayOf(portal) != c || portal.RoomType != database.RoomTypeDefault {
			continue
		}
		room := c.connector.roomOf(portal)
		members, err := c.connector.bridge.Matrix.GetMembers(ctx, room)
		if err != nil {
			return fmt.Errorf("list who is in %s: %w", room, err)
		}
		if member := members[user]; member == nil || !member.Membership.IsInviteOrJoin() {
			continue
		}
		err = c.submit(ctx, row, &action{
			remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
			do: func(ctx context.Context, portal *bridgev2.Portal) error {
				return c.changeLevels(ctx, portal, "give "+user.String()+" the power of their role", func(levels *event.PowerLevelsEventContent) bool {
					now := levels.GetUserLevel(user)
					if now != workspaceOwnerLevel && now != adminLevel && now > level {
						return false
					}
					return levels.EnsureUserLevelAs(c.connector.bridge.Bot.GetMXID(), user, level)
				})
			},
		})
		if err != nil {
			return err
		}
	}
	return nil
}
