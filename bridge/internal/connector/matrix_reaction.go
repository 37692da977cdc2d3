package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// handleMatrixReaction handles the events that the framework would not handle as the
// bridge needs it: reactions and redactions of reactions. The framework drops reactions of
// relayed people, and keeps only one if several people use the same emoji. It says whether
// the event was one of those.
//
// Slack shows one reaction of the app's bot as long as at least one person in Matrix has
// reacted with the emoji.
func (c *Client) handleMatrixReaction(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, evt *event.Event) (handled bool, err error) {
	switch evt.Type {
	case event.EventReaction:
		return true, c.concludeReaction(ctx, evt, c.unlessMoving(ctx, row, portal, c.react(ctx, portal, evt)))
	case event.EventRedaction:
		reactor, err := c.connector.db.ReactorByEvent(ctx, matrixevent.Redacted(evt))
		if err != nil || reactor == nil || !standsIn(portal, reactor.Message) {
			return false, err // it redacts a message, or nothing in this room
		}
		return true, c.concludeReaction(ctx, evt, c.unlessMoving(ctx, row, portal, c.unreact(ctx, portal, evt.Sender, *reactor)))
	}
	return false, nil
}

var errNoEmoji = errors.New("there is no such emoji in Slack")

// react adds the reaction of a Matrix event to Slack, if it is the first with its emoji,
// and notes who reacted.
func (c *Client) react(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) error {
	if _, err := c.readyIn(portal); err != nil {
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
	name, err := c.emojiOf(ctx, target, evt)
	if err != nil {
		return err
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
		if err := c.api.AddReaction(slackapi.WaitAtMost(ctx, slackPatience), channel, ts, name); err != nil {
			return err
		}
	}
	failpoint.Hit(failpoint.ReactionReactor)
	if err := c.connector.db.AddReactor(ctx, reactor); err != nil {
		return err
	}
	return c.putReactors(ctx, reactedTo{Receiver: portal.Receiver, Message: target.ID}, evt.ID.String())
}

// emojiOf is Slack's name of the emoji of a reaction in Matrix. A workspace's own emoji
// has no character: it is known by its picture or its name, or if a person in Slack has put
// it on the message.
func (c *Client) emojiOf(ctx context.Context, target *database.Message, evt *event.Event) (string, error) {
	key := evt.Content.AsReaction().RelatesTo.Key
	if name, known := slackfmt.EmojiToSlack(key); known {
		return name, nil
	}
	picture, shortcode := id.ContentURIString(""), key
	if strings.HasPrefix(key, "mxc://") {
		picture = id.ContentURIString(key)
		shortcode, _ = evt.Content.Raw[shortcodeKey].(string)
	}
	if name, err := c.emojis.nameOf(ctx, picture, shortcode); name != "" || err != nil {
		return name, err
	}
	name, opened := strings.CutPrefix(key, ":")
	name, closed := strings.CutSuffix(name, ":")
	if !opened || !closed || name == "" {
		return "", errNoEmoji
	}
	there, err := c.connector.bridge.DB.Reaction.GetAllToMessage(ctx, target.Room.Receiver, target.ID)
	if err != nil {
		return "", fmt.Errorf("load the reactions to %s: %w", target.ID, err)
	}
	if !slices.ContainsFunc(there, func(r *database.Reaction) bool { return r.EmojiID == networkid.EmojiID(name) }) {
		return "", errNoEmoji
	}
	return name, nil
}

// standsIn says whether a message belongs to the portal's conversation.
func standsIn(portal *bridgev2.Portal, message networkid.MessageID) bool {
	team, channel, _, err := slackid.ParseMessageID(message)
	return err == nil && slackid.MakePortalID(team, channel) == portal.ID
}

// unreact removes a reaction from Slack if no one else in Matrix has reacted with the
// emoji.
func (c *Client) unreact(ctx context.Context, portal *bridgev2.Portal, by id.UserID, reactor slackdb.Reactor) error {
	if _, err := c.readyIn(portal); err != nil {
		return err
	}
	if err := c.mayDelete(ctx, c.connector.roomOf(portal), by, reactor.Sender); err != nil {
		return err
	}
	return c.takeBack(ctx, reactor)
}

// takeBack takes back a reaction of a person in Matrix: from Slack if no one else in Matrix
// has reacted with the emoji.
func (c *Client) takeBack(ctx context.Context, reactor slackdb.Reactor) error {
	others, err := c.connector.db.OtherReactors(ctx, reactor)
	if err != nil {
		return err
	}
	if others == 0 {
		_, channel, ts, err := slackid.ParseMessageID(reactor.Message)
		if err != nil {
			return err
		}
		if err := c.api.RemoveReaction(slackapi.WaitAtMost(ctx, slackPatience), channel, ts, reactor.Emoji); err != nil {
			return err
		}
	}
	// The row of the note is first: without the reactor this is not handled again.
	changed := reactedTo{Receiver: reactor.Receiver, Message: reactor.Message, Without: reactor.EventID}
	if err := c.putReactors(ctx, changed, "without "+reactor.EventID.String()); err != nil {
		return err
	}
	return c.connector.db.RemoveReactor(ctx, reactor.EventID)
}

// concludeReaction reports the outcome of a reaction, as the framework does for the events
// that it handles, and returns the error if the reaction is to be tried again.
func (c *Client) concludeReaction(ctx context.Context, evt *event.Event, err error) error {
	info := bridgev2.StatusEventInfoFromEvent(evt)
	switch {
	case err == nil:
		c.connector.bridge.Matrix.SendMessageStatus(ctx, &bridgev2.MessageStatus{Status: event.MessageStatusSuccess}, info)
		return nil
	case isTriedAgain(err):
		return err
	}
	return c.connector.refuse(ctx, evt, refusal(err))
}

// PreHandleMatrixReaction implements bridgev2.ReactionHandlingNetworkAPI. New
// reactions do not come this way; see handleMatrixReaction.
func (c *Client) PreHandleMatrixReaction(context.Context, *bridgev2.MatrixReaction) (bridgev2.MatrixReactionPreResponse, error) {
	return bridgev2.MatrixReactionPreResponse{}, bridgev2.ErrReactionsNotSupported
}

// HandleMatrixReaction implements bridgev2.ReactionHandlingNetworkAPI.
func (c *Client) HandleMatrixReaction(context.Context, *bridgev2.MatrixReaction) (*database.Reaction, error) {
	return nil, bridgev2.ErrReactionsNotSupported
}

// HandleMatrixReactionRemove implements bridgev2.ReactionHandlingNetworkAPI for the
// reactions that a mautrix-slack database brings along.
func (c *Client) HandleMatrixReactionRemove(ctx context.Context, removal *bridgev2.MatrixReactionRemove) error {
	attempt, err := c.connector.attempts.of(removal.Event)
	if err != nil {
		return err
	}
	if removal.TargetReaction.SenderID != c.GetUserID() {
		return attempt.fail(errNotOurs)
	}
	_, channel, ts, err := slackid.ParseMessageID(removal.TargetReaction.MessageID)
	if err == nil {
		err = c.api.RemoveReaction(slackapi.WaitAtMost(ctx, lockPatience), channel, ts, string(removal.TargetReaction.EmojiID))
	}
	if err != nil {
		return attempt.fail(err)
	}
	return nil
}
