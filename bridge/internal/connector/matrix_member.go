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
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// memberChange is what a person in Matrix does to a ghost in a conversation's room.
type memberChange int

const (
	noChange memberChange = iota
	// ghostInvited: the person of Slack is invited to the channel.
	ghostInvited
	// ghostRemoved: the person is removed from it.
	ghostRemoved
)

// changeOf says what an event does to a ghost. An unban leaves them where they are.
func (c *Connector) changeOf(evt *event.Event) memberChange {
	if evt.Type != event.StateMember || !c.bridge.IsGhostMXID(id.UserID(evt.GetStateKey())) {
		return noChange
	}
	switch evt.Content.AsMember().Membership {
	case event.MembershipInvite:
		return ghostInvited
	case event.MembershipBan:
		return ghostRemoved
	case event.MembershipLeave:
		if before := evt.Unsigned.PrevContent; before != nil && before.ParseRaw(event.StateMember) == nil && before.AsMember().Membership == event.MembershipBan {
			return noChange
		}
		return ghostRemoved
	default:
		return noChange
	}
}

// handleMatrixMember handles the invitation and the removal of a ghost, and says whether the
// event was one. What Slack refuses is undone in the room, which is told why. The framework
// knows neither the undoing nor an attempt that has to be repeated.
//
// Slack's own event about the change finds the ghost as it should be, and does nothing.
func (c *Client) handleMatrixMember(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, evt *event.Event) (handled bool, err error) {
	change := c.connector.changeOf(evt)
	if change == noChange {
		return false, nil
	}
	ghostID, _ := c.connector.bridge.Matrix.ParseGhostMXID(id.UserID(evt.GetStateKey()))
	ghost, err := c.connector.bridge.GetGhostByID(ctx, ghostID)
	if err != nil {
		return true, fmt.Errorf("load the ghost %s: %w", ghostID, err)
	}
	user, why := c.changeMember(ctx, portal, evt, ghost, change)
	if why = c.unlessMoving(ctx, row, portal, why); why != nil && isTriedAgain(why) {
		return true, why
	}
	name, err := c.nameOf(ctx, user)
	if err != nil {
		return true, err
	}
	if change == ghostInvited {
		return true, c.concludeInvite(ctx, portal, evt, ghost, name, why)
	}
	return true, c.concludeRemoval(ctx, portal, evt, ghost, name, why)
}

// changeMember carries a change to Slack and returns the ghost's person, and why Slack does
// not have the change.
func (c *Client) changeMember(ctx context.Context, portal *bridgev2.Portal, evt *event.Event, ghost *bridgev2.Ghost, change memberChange) (user string, why error) {
	team, user, err := slackid.ParseUserID(ghost.ID)
	if err != nil {
		return string(ghost.ID), err
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return user, err
	}
	if !c.connector.bridge.Config.Permissions.Get(evt.Sender).SendEvents {
		return user, fmt.Errorf("bridge.permissions in the bridge's configuration does not name %s", evt.Sender)
	}
	ctx = slackapi.WaitAtMost(ctx, matrixPatience)
	if err := c.mayChange(ctx, portal, evt.Sender); err != nil {
		return user, err
	}
	if isBot(user) || !c.isSeen(team, user) {
		return user, errors.New("only people and apps of the workspace come and go")
	}
	if change == ghostInvited {
		return user, c.api.Invite(ctx, channel, user)
	}
	return user, c.api.Kick(ctx, channel, user)
}

// concludeInvite has an invited ghost join, or decline if its person was not invited.
func (c *Client) concludeInvite(ctx context.Context, portal *bridgev2.Portal, evt *event.Event, ghost *bridgev2.Ghost, name string, why error) error {
	if why == nil {
		if err := c.prepare(ctx, ghost.ID); err != nil {
			return err
		}
		if err := c.connector.db.DropJoiner(ctx, portal.PortalKey, ghost.ID); err != nil {
			return err
		}
		return onlyTransient(ctx, ghost.Intent.EnsureJoined(ctx, evt.RoomID), "have a ghost join a room")
	}
	_, err := ghost.Intent.SendState(ctx, evt.RoomID, event.StateMember, ghost.Intent.GetMXID().String(), &event.Content{
		Parsed: &event.MemberEventContent{Membership: event.MembershipLeave, Reason: why.Error()},
	}, time.Time{})
	if err := onlyTransient(ctx, err, "have a ghost decline an invitation"); err != nil {
		return err
	}
	return c.tellMemberRefused(ctx, evt, fmt.Sprintf("%s was not invited to the channel in Slack: %s.", name, why))
}

// concludeRemoval brings a ghost back whose person was not removed.
func (c *Client) concludeRemoval(ctx context.Context, portal *bridgev2.Portal, evt *event.Event, ghost *bridgev2.Ghost, name string, why error) error {
	if why == nil {
		return c.connector.db.DropJoiner(ctx, portal.PortalKey, ghost.ID)
	}
	if err := onlyTransient(ctx, ghost.Intent.EnsureJoined(ctx, evt.RoomID), "bring a ghost back into a room"); err != nil {
		return err
	}
	return c.tellMemberRefused(ctx, evt, fmt.Sprintf("%s was not removed from the channel in Slack: %s.", name, why))
}

// tellMemberRefused tells a room why a change of its members is not in Slack.
func (c *Client) tellMemberRefused(ctx context.Context, evt *event.Event, text string) error {
	zerolog.Ctx(ctx).Info().Str("member", evt.GetStateKey()).Msg("A change of members in Matrix is not in Slack")
	return c.connector.notice(withSendPlan(ctx, newSendPlan("refused "+evt.ID.String(), "notice")), evt.RoomID, text)
}
