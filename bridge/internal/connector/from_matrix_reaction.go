package connector

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// Intercept handles the Matrix events that the framework would not handle as the
// bridge needs it: reactions, of which the framework drops those of relayed
// people and keeps one where several people hold the same. It says whether the
// event was one of those. Everything else is for the framework; strangers are
// told that it drops what they say.
//
// Slack shows one reaction of the app's bot for as long as anybody in Matrix
// holds the emoji.
func (c *Connector) Intercept(ctx context.Context, evt *event.Event) (handled bool) {
	switch evt.Type {
	case event.EventReaction:
		return c.interceptReaction(ctx, evt)
	case event.EventRedaction:
		return c.interceptRedaction(ctx, evt)
	default:
		c.tellStranger(ctx, evt)
		c.guardCommands(ctx, evt)
		return false
	}
}

func (c *Connector) interceptReaction(ctx context.Context, evt *event.Event) bool {
	client, portal := c.relayOf(ctx, evt)
	if client == nil {
		return false
	}
	err := client.react(ctx, portal, evt)
	client.concludeReaction(ctx, evt, err)
	return true
}

// relayOf returns the login that speaks in an event's room and the room's portal,
// or nil if the event is not for the bridge or its sender may not use it.
func (c *Connector) relayOf(ctx context.Context, evt *event.Event) (*Client, *bridgev2.Portal) {
	if c.db == nil || c.ours(evt.Sender) {
		return nil, nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil || portal.Relay == nil {
		return nil, nil
	}
	sender, err := c.bridge.GetUserByMXID(ctx, evt.Sender)
	if err != nil || sender == nil || !sender.Permissions.SendEvents {
		return nil, nil
	}
	client, _ := portal.Relay.Client.(*Client)
	return client, portal
}

var errNoEmoji = errors.New("in Slack there is no emoji of that kind")

// react adds the reaction of a Matrix event to Slack, if it is the first of its
// kind, and notes who holds it.
func (c *Client) react(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) error {
	if _, err := c.ready(); err != nil {
		return err
	}
	relation := evt.Content.AsReaction().RelatesTo
	target, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, relation.EventID)
	if err != nil {
		return fmt.Errorf("load the message reacted to: %w", err)
	}
	if target == nil || target.Room != portal.PortalKey {
		zerolog.Ctx(ctx).Debug().Stringer("target", relation.EventID).Msg("A reaction to something that is not bridged")
		return nil
	}
	name, known := slackfmt.EmojiToSlack(relation.Key)
	if !known {
		return errNoEmoji
	}
	reactor := slackdb.Reactor{EventID: evt.ID, Receiver: portal.Receiver, Message: target.ID, Emoji: name, Sender: evt.Sender}
	others, err := c.connector.db.OtherReactors(ctx, reactor)
	if err != nil {
		return err
	}
	if others == 0 {
		_, channel, ts, err := slackid.ParseMessageID(target.ID)
		if err != nil {
			return err
		}
		if err := c.api.AddReaction(ctx, channel, ts, name); err != nil {
			return err
		}
	}
	return c.connector.db.AddReactor(ctx, reactor)
}

func (c *Connector) interceptRedaction(ctx context.Context, evt *event.Event) bool {
	client, portal := c.relayOf(ctx, evt)
	if client == nil {
		return false
	}
	reactor, err := c.db.ReactorByEvent(ctx, redacted(evt))
	if err == nil && (reactor == nil || !standsIn(portal, reactor.Message)) {
		return false // a message's, or nothing of this room's
	}
	if err == nil {
		err = client.unreact(ctx, *reactor)
	}
	client.concludeReaction(ctx, evt, err)
	return true
}

// standsIn says whether a message is one of the portal's conversation.
func standsIn(portal *bridgev2.Portal, message networkid.MessageID) bool {
	team, channel, _, err := slackid.ParseMessageID(message)
	return err == nil && slackid.MakePortalID(team, channel) == portal.ID
}

// unreact takes a reaction out of Slack if nobody else in Matrix holds it.
func (c *Client) unreact(ctx context.Context, reactor slackdb.Reactor) error {
	if _, err := c.ready(); err != nil {
		return err
	}
	others, err := c.connector.db.OtherReactors(ctx, reactor)
	if err != nil {
		return err
	}
	if others == 0 {
		_, channel, ts, err := slackid.ParseMessageID(reactor.Message)
		if err != nil {
			return err
		}
		if err := c.api.RemoveReaction(ctx, channel, ts, reactor.Emoji); err != nil {
			return err
		}
	}
	return c.connector.db.RemoveReactor(ctx, reactor.EventID)
}

// redacted is the event that a redaction takes back: room versions differ in
// where it stands (Matrix specification, m.room.redaction).
func redacted(evt *event.Event) id.EventID {
	if evt.Redacts != "" {
		return evt.Redacts
	}
	return evt.Content.AsRedaction().Redacts
}

// concludeReaction reports how a reaction went, as outcome does for what the
// framework handles.
func (c *Client) concludeReaction(ctx context.Context, evt *event.Event, err error) {
	info := bridgev2.StatusEventInfoFromEvent(evt)
	if err == nil {
		c.connector.verdicts.settled(evt.ID)
		c.connector.bridge.Matrix.SendMessageStatus(ctx, &bridgev2.MessageStatus{Status: event.MessageStatusSuccess}, info)
		return
	}
	zerolog.Ctx(ctx).Warn().Err(err).Stringer("event_id", evt.ID).Msg("A reaction is not in Slack")
	status := bridgev2.WrapErrorInStatus(c.outcome(evt, err))
	c.connector.bridge.Matrix.SendMessageStatus(ctx, &status, info)
}

// PreHandleMatrixReaction implements bridgev2.ReactionHandlingNetworkAPI for
// reactions that a mautrix-slack database brings along; new ones are intercepted.
func (c *Client) PreHandleMatrixReaction(_ context.Context, reaction *bridgev2.MatrixReaction) (bridgev2.MatrixReactionPreResponse, error) {
	name, known := slackfmt.EmojiToSlack(reaction.Content.RelatesTo.Key)
	if !known {
		return bridgev2.MatrixReactionPreResponse{}, c.outcome(reaction.Event, errNoEmoji)
	}
	return bridgev2.MatrixReactionPreResponse{SenderID: c.GetUserID(), EmojiID: emojiID(name), Emoji: reaction.Content.RelatesTo.Key}, nil
}

// HandleMatrixReaction implements bridgev2.ReactionHandlingNetworkAPI.
func (c *Client) HandleMatrixReaction(ctx context.Context, reaction *bridgev2.MatrixReaction) (*database.Reaction, error) {
	_, channel, ts, err := slackid.ParseMessageID(reaction.TargetMessage.ID)
	if err == nil {
		err = c.api.AddReaction(ctx, channel, ts, string(reaction.PreHandleResp.EmojiID))
	}
	if err != nil {
		return nil, c.outcome(reaction.Event, err)
	}
	return &database.Reaction{}, nil
}

// HandleMatrixReactionRemove implements bridgev2.ReactionHandlingNetworkAPI.
func (c *Client) HandleMatrixReactionRemove(ctx context.Context, removal *bridgev2.MatrixReactionRemove) error {
	if removal.TargetReaction.SenderID != c.GetUserID() {
		return c.outcome(removal.Event, errNotOurs)
	}
	_, channel, ts, err := slackid.ParseMessageID(removal.TargetReaction.MessageID)
	if err == nil {
		err = c.api.RemoveReaction(ctx, channel, ts, string(removal.TargetReaction.EmojiID))
	}
	if err != nil {
		return c.outcome(removal.Event, err)
	}
	return nil
}
