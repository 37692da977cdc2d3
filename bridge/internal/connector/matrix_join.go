package connector

import (
	"context"
	"fmt"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// joinChannel has the bot join a public channel whose room was made for its alias, when a
// person who may write joins the room. People in Slack see that, so resolving the alias
// alone must not do it.
func (c *Client) joinChannel(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) error {
	if !c.mayJoinChannel(portal, evt) {
		return nil
	}
	if _, err := c.ready(); err != nil {
		return err
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return err
	}
	_, err = c.api.Join(slackapi.WaitAtMost(ctx, matrixPatience), channel)
	if err != nil && isTriedAgain(err) {
		return err
	}
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Str("channel", channel).Msg("The bot could not join a channel whose room a person in Matrix has joined")
		return c.connector.notice(withSendPlan(ctx, newSendPlan("enter "+evt.ID.String(), "notice")), evt.RoomID,
			fmt.Sprintf("The bridge's bot could not enter this Slack channel, so messages do not cross: %s", err))
	}
	c.conversations.change(channel, func(conversation *slackevent.Conversation) { conversation.IsMember = true })
	return c.submit(ctx, nil, &action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			c.connector.setOutside(portal, false)
			c.roomExtras(ctx, portal)
			return wrapped(portal.Save(ctx), "note that the bot is in %s", channel)
		},
	})
}

// mayJoinChannel says whether an event is a reason for the bot to join the portal's
// channel.
func (c *Client) mayJoinChannel(portal *bridgev2.Portal, evt *event.Event) bool {
	return evt.Type == event.StateMember && evt.GetStateKey() == evt.Sender.String() &&
		evt.Content.AsMember().Membership == event.MembershipJoin &&
		c.connector.isOutside(portal) &&
		c.connector.bridge.Config.Permissions.Get(evt.Sender).SendEvents
}

// isOutside says whether a portal's room was made for its alias alone, and the bot has not
// entered the channel yet.
func (c *Connector) isOutside(portal *bridgev2.Portal) bool {
	c.closures.RLock()
	defer c.closures.RUnlock()
	return portal.Metadata.(*PortalMetadata).Outside
}

// setOutside notes that. The caller saves the portal.
func (c *Connector) setOutside(portal *bridgev2.Portal, outside bool) {
	c.closures.Lock()
	defer c.closures.Unlock()
	portal.Metadata.(*PortalMetadata).Outside = outside
}
