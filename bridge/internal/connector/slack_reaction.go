package connector

import (
	"cmp"
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// handleReaction handles reaction_added and reaction_removed. The apps' own reactions are
// echoes of those of people in Matrix.
func (c *Client) handleReaction(ctx context.Context, row *inbox.Attempt, event *slackevent.Reaction) error {
	if heard, err := c.hearYesByReaction(ctx, row, event); heard || err != nil {
		return err
	}
	if event.Item.Type != slackevent.ItemMessage || c.isApp(event.User) || event.Added() && c.hasOptedOut(event.User) {
		return nil
	}
	if carried, err := c.carriesFromSlack(ctx, event.Item.Channel); !carried || err != nil {
		return err
	}
	key, err := c.conversations.portalKey(ctx, event.Item.Channel, "")
	if err != nil {
		return err
	}
	if err := c.meet(ctx, event.User, ""); err != nil {
		return err
	}
	if _, err := slackid.ParseTimestamp(event.Item.TS); err != nil {
		return fmt.Errorf("reaction in %s: %w", event.Item.Channel, err)
	}
	target, err := c.findTarget(ctx, row, key, event.Item.Channel, event.Item.TS, toldAt(row, event.EventTS))
	if err != nil {
		return err
	}
	if !target.known {
		c.connector.counts.withoutTarget(ReactionOf)
	}
	change := &reaction{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventReactionRemove, portal: key, sender: bridgev2.EventSender{Sender: c.ghostID(event.User)},
			at: toldAt(row, event.EventTS), plan: newSendPlan(row.Key, "reaction"),
		},
		target: target.id, name: event.Reaction,
	}
	if event.Added() {
		change.kind = bridgev2.RemoteEventReaction
	}
	if stands, err := c.prepareReaction(ctx, row, change, target.known); err != nil || !stands {
		return err
	}
	return c.submit(ctx, row, change)
}

// prepareReaction says whether a change of a reaction has something to do in Matrix. Slack
// does not deliver events in order: a reaction that was removed before it arrived is
// remembered, and is not added; nor is one that a reading has shown before it was removed.
func (c *Client) prepareReaction(ctx context.Context, row *inbox.Attempt, change *reaction, targetKnown bool) (bool, error) {
	gone := goneReaction(change.target, change.sender.Sender, change.name)
	if change.kind == bridgev2.RemoteEventReaction {
		if !targetKnown || c.connector.deletions.has(gone, change.at) {
			return false, nil
		}
		if err := c.showEmoji(ctx, change); err != nil {
			return false, err
		}
		return true, c.recoverReaction(ctx, row, change)
	}
	known, err := c.connector.bridge.DB.Reaction.GetByIDWithoutMessagePart(ctx, change.portal.Receiver, change.target, change.sender.Sender, networkid.EmojiID(change.name))
	if err != nil {
		return false, fmt.Errorf("look up a reaction to %s: %w", change.target, err)
	}
	return known != nil, c.connector.deletions.note(ctx, gone, change.at)
}

// showEmoji finds out what a reaction with one of the workspace's own emoji is in Matrix.
func (c *Client) showEmoji(ctx context.Context, change *reaction) (err error) {
	if _, standard := slackfmt.EmojiFromSlack(change.name); !standard {
		change.characters, change.picture, err = c.emojis.show(ctx, change.name)
	}
	return err
}

// recoverReaction notes a reaction that an earlier try has sent and that is not in the
// database.
func (c *Client) recoverReaction(ctx context.Context, row *inbox.Attempt, change *reaction) error {
	if !row.Unsure {
		return nil
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, change.portal)
	room := c.connector.roomOf(portal)
	if err != nil || room == "" {
		return err
	}
	known, err := c.connector.bridge.DB.Reaction.GetByIDWithoutMessagePart(ctx, portal.Receiver, change.target, change.sender.Sender, networkid.EmojiID(change.name))
	if err != nil || known != nil {
		return wrapped(err, "look up a reaction to %s", change.target)
	}
	sent, err := c.findSent(ctx, row, room, change.GetReactionExtraContent())
	if err != nil {
		return err
	}
	if sent == nil {
		row.Sure()
		return nil
	}
	part, err := c.connector.bridge.DB.Message.GetFirstPartByID(ctx, portal.Receiver, change.target)
	if err != nil || part == nil {
		return wrapped(err, "look up message %s", change.target)
	}
	err = c.connector.bridge.DB.Reaction.Upsert(ctx, &database.Reaction{
		Room: portal.PortalKey, MessageID: part.ID, MessagePartID: part.PartID, SenderID: change.sender.Sender, SenderMXID: sent.Sender,
		EmojiID: networkid.EmojiID(change.name), MXID: sent.ID, Timestamp: change.at,
	})
	return wrapped(err, "note a reaction to %s, which was sent before", change.target)
}

// reaction is one emoji of one person on one message, added or removed.
type reaction struct {
	remoteEvent
	target networkid.MessageID
	name   string
	// characters or picture are what the workspace's own emoji is in Matrix, if anything.
	characters string
	picture    id.ContentURIString
}

var _ interface {
	bridgev2.RemoteReactionWithExtraContent
	bridgev2.RemoteReactionRemove
} = (*reaction)(nil)

// GetTargetMessage implements bridgev2.RemoteEventWithTargetMessage.
func (r *reaction) GetTargetMessage() networkid.MessageID { return r.target }

// GetReactionEmoji implements bridgev2.RemoteReaction: Unicode if the emoji has it, the
// picture of a workspace's own, else `:name:`.
func (r *reaction) GetReactionEmoji() (string, networkid.EmojiID) {
	emoji, known := slackfmt.EmojiFromSlack(r.name)
	if !known {
		emoji = cmp.Or(r.characters, string(r.picture), ":"+r.name+":")
	}
	return emoji, networkid.EmojiID(r.name)
}

// GetRemovedEmojiID implements bridgev2.RemoteReactionRemove.
func (r *reaction) GetRemovedEmojiID() networkid.EmojiID { return networkid.EmojiID(r.name) }

// GetReactionExtraContent implements bridgev2.RemoteReactionWithExtraContent.
func (r *reaction) GetReactionExtraContent() map[string]any {
	content := originOfReaction(r.target, r.sender.Sender, r.name)
	if r.picture != "" {
		content[shortcodeKey] = ":" + r.name + ":"
	}
	return content
}

// shortcodeKey is the key of a reaction's content that has the name of the picture that it
// is (MSC4027).
const shortcodeKey = "com.beeper.reaction.shortcode"
