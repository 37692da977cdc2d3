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

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// A person in Matrix who invites a ghost to a direct chat of their own begins the bot's
// direct conversation with that person of Slack. The ghost says which room it has, and
// leaves the chat. The framework begins conversations for people with a login only, and makes
// the chat itself the room, to which it invites the login's owner.

// isDirectInvite says whether an event in a room that is no portal's invites a ghost to a
// direct chat, from a person who may give the bot commands.
func (c *Connector) isDirectInvite(evt *event.Event) bool {
	return evt.Type == event.StateMember && c.bridge.IsGhostMXID(id.UserID(evt.GetStateKey())) &&
		evt.Content.AsMember().Membership == event.MembershipInvite && evt.Content.AsMember().IsDirect &&
		c.bridge.Config.Permissions.Get(evt.Sender).Commands
}

// beginDirect begins the direct conversation of a ghost that was invited to a direct chat.
// The ghost says where it is, or why there is none.
func (c *Connector) beginDirect(ctx context.Context, evt *event.Event) error {
	ghostID, _ := c.bridge.Matrix.ParseGhostMXID(id.UserID(evt.GetStateKey()))
	team, user, err := slackid.ParseUserID(ghostID)
	if err != nil {
		zerolog.Ctx(ctx).Info().Err(err).Msg("A user was invited who is no one's ghost")
		return nil
	}
	ghost, err := c.bridge.GetGhostByID(ctx, ghostID)
	if err != nil {
		return fmt.Errorf("load the ghost %s: %w", ghostID, err)
	}
	if err := ghost.Intent.EnsureJoined(ctx, evt.RoomID); err != nil {
		return onlyTransient(ctx, err, "have a ghost join the direct chat that it is invited to")
	}
	text, err := c.directPlace(slackapi.WaitAtMost(ctx, slackPatience), evt.Sender, team, user)
	if err != nil && isTriedAgain(err) {
		return err
	}
	if err != nil {
		text = fmt.Sprintf("This cannot be a conversation with me in Slack: %s.", err)
	}
	ctx = withSendPlan(ctx, newSendPlan("direct "+evt.ID.String(), "notice"))
	_, err = ghost.Intent.SendMessage(ctx, evt.RoomID, event.EventMessage, &event.Content{
		Parsed: &event.MessageEventContent{MsgType: event.MsgNotice, Body: text, Mentions: &event.Mentions{}},
	}, nil)
	if err := onlyTransient(ctx, err, "say in a direct chat where the conversation is"); err != nil {
		return err
	}
	return c.leave(ctx, evt.RoomID, ghost)
}

// directPlace begins the direct conversation of a person in Matrix with one in Slack, and
// says where it is.
func (c *Connector) directPlace(ctx context.Context, sender id.UserID, team, user string) (string, error) {
	client := c.clientFor(sender, team)
	for _, other := range c.clients.all() {
		if client == nil && other.isSeen(team, user) {
			client = other // the person is of another workspace
		}
	}
	if client == nil {
		return "", errors.New("the bridge has no login in this workspace")
	}
	person, err := client.findPerson(ctx, user)
	if err != nil {
		return "", err
	}
	portal, err := client.openDirect(ctx, sender, *person)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Our conversation is in %s.", c.roomLink(c.roomOf(portal))), nil
}

// leave has a ghost leave a room.
func (c *Connector) leave(ctx context.Context, room id.RoomID, ghost *bridgev2.Ghost) error {
	_, err := ghost.Intent.SendState(ctx, room, event.StateMember, ghost.Intent.GetMXID().String(), &event.Content{
		Parsed: &event.MemberEventContent{Membership: event.MembershipLeave},
	}, time.Time{})
	return onlyTransient(ctx, err, "have a ghost leave a room")
}
