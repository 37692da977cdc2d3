package connector

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// handleReaction handles reaction_added and reaction_removed. The apps' own
// reactions are those of people in Matrix, come back.
func (c *Client) handleReaction(ctx context.Context, row *inbox.Attempt, event *slackevent.Reaction) error {
	if event.Item.Type != slackevent.ItemMessage || c.isApp(event.User) {
		return nil
	}
	key, err := c.places.portalKey(ctx, event.Item.Channel, "")
	if err != nil {
		return err
	}
	if _, err := slackid.ParseTimestamp(event.Item.TS); err != nil {
		return fmt.Errorf("reaction in %s: %w", event.Item.Channel, err)
	}
	target, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, event.Item.Channel, event.Item.TS))
	if err != nil {
		return err
	}
	kind := bridgev2.RemoteEventReactionRemove
	if event.Added() {
		kind = bridgev2.RemoteEventReaction
	}
	return c.submit(ctx, row, &reaction{
		remoteEvent: remoteEvent{
			kind: kind, portal: key, sender: bridgev2.EventSender{Sender: c.ghostID(event.User)},
			at: timeOf(event.EventTS), plan: newSendPlan(row.Key, "reaction"),
		},
		target: target, name: event.Reaction,
	})
}

// reaction is one emoji of one person on one message, added or removed.
type reaction struct {
	remoteEvent
	target networkid.MessageID
	name   string
}

var _ interface {
	bridgev2.RemoteReaction
	bridgev2.RemoteReactionRemove
} = (*reaction)(nil)

// GetTargetMessage implements bridgev2.RemoteEventWithTargetMessage.
func (r *reaction) GetTargetMessage() networkid.MessageID { return r.target }

// GetReactionEmoji implements bridgev2.RemoteReaction: Unicode where the emoji
// has it, `:name:` for a workspace's own.
func (r *reaction) GetReactionEmoji() (string, networkid.EmojiID) {
	if emoji, known := slackfmt.EmojiFromSlack(r.name); known {
		return emoji, networkid.EmojiID(r.name)
	}
	return ":" + r.name + ":", networkid.EmojiID(r.name)
}

// GetRemovedEmojiID implements bridgev2.RemoteReactionRemove.
func (r *reaction) GetRemovedEmojiID() networkid.EmojiID { return networkid.EmojiID(r.name) }
