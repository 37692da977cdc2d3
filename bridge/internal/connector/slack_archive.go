package connector

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// scopeJoin is the scope for joining a public channel (Slack docs: conversations.join).
const scopeJoin = "channels:join"

// handleArchive handles channel_archive and channel_unarchive, and those of private
// channels. Slack does not deliver them in order, so it is asked for the channel's state
// now. For a private channel from which the bot was removed, it says that there is none.
func (c *Client) handleArchive(ctx context.Context, row *inbox.Attempt, event *slackevent.ChannelArchive) error {
	key, err := c.conversations.portalKey(ctx, event.Channel, "channel")
	if err != nil {
		return err
	}
	c.conversations.change(event.Channel, func(conversation *slackevent.Conversation) { conversation.IsArchived = event.Archived() })
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return err
	}
	conversation, err := c.conversations.fetch(ctx, event.Channel)
	known := err == nil
	switch {
	case !known && !slackapi.HasCode(err, "channel_not_found"):
		return err
	case known && conversation.IsArchived != event.Archived():
		return nil // it was changed again, and Slack sends an event for that too
	case !event.Archived():
		return c.unarchived(ctx, row, key, conversation)
	}
	by := ""
	if event.User != "" {
		if by, err = c.nameOf(ctx, event.User); err != nil {
			return err
		}
		by = " by " + by
	}
	return c.archived(ctx, row, key, toldAt(row, event.EventTS), by)
}

// archived closes the room of a channel that is archived. by says who did it, if known.
func (c *Client) archived(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, since time.Time, by string) error {
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return err
	}
	back := "When it is unarchived, the bridge's bot joins it again and this room opens."
	if !c.connector.shownIn(portal, "").public || !c.mayJoin() {
		back = "When it is unarchived, " + c.invitation()
	}
	return c.closeRoom(ctx, row, key, closing{
		why: closedArchived, since: since,
		text: fmt.Sprintf("This channel was archived in Slack%s: messages no longer cross%s. %s", by, alsoReadOnly, back),
	})
}

// unarchived has the bot join a channel again that is not archived any more, and opens its
// room. If the bot may not join by itself, a notice in the room says who can help.
func (c *Client) unarchived(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, conversation slackevent.Conversation) error {
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return err
	}
	if was := c.connector.closureOf(portal); was == closedLeft || was == closedHidden || was == closedDeleted {
		return nil
	}
	if conversation.IsMember || c.connector.isOutside(portal) {
		return c.reopen(ctx, row, key, conversation) // outside, the bot joins when a person in Matrix does
	}
	if _, err = c.api.Join(ctx, conversation.ID); err == nil {
		c.conversations.change(conversation.ID, func(conversation *slackevent.Conversation) { conversation.IsMember = true })
		return c.reopen(ctx, row, key, conversation)
	}
	if isTriedAgain(err) {
		return err
	}
	zerolog.Ctx(ctx).Info().Err(err).Str("channel", conversation.ID).Msg("The bot may not join a channel that was unarchived")
	return c.closeRoom(ctx, row, key, closing{
		why: closedUninvited, since: row.Arrived, text: "This channel was unarchived in Slack, and the bridge's bot is not in it yet. To go on, " + c.invitation(),
	})
}

// mayJoin says whether the bot may join public channels by itself.
func (c *Client) mayJoin() bool {
	granted := c.api.Scopes()
	return granted == nil || slices.Contains(granted, scopeJoin)
}

// invitation is the end of a sentence that says how to add the bot to a channel.
func (c *Client) invitation() string {
	return fmt.Sprintf("a member of the channel has to type `/invite @%s` in it in Slack.", c.botName())
}

// handleDeleted handles channel_deleted and group_deleted: the room stays with its
// messages, and its alias is free for another channel of that name.
func (c *Client) handleDeleted(ctx context.Context, row *inbox.Attempt, event *slackevent.ChannelDeleted) error {
	key, err := c.conversations.portalKey(ctx, event.Channel, "channel")
	if err != nil {
		return err
	}
	if c.connector.moves.isNew(key.ID) {
		// It may be the old id that is deleted.
		if _, err := c.conversations.fetch(ctx, event.Channel); !slackapi.HasCode(err, "channel_not_found") {
			return err
		}
	}
	c.conversations.forget(event.Channel)
	err = c.closeRoom(ctx, row, key, closing{
		why: closedDeleted, since: toldAt(row, event.EventTS),
		text: "This channel was deleted in Slack: messages no longer cross" + alsoReadOnly + ".",
	})
	if err != nil {
		return err
	}
	return c.unlinkDeleted(ctx, event.Channel)
}

// handleLeft handles channel_left and group_left: nothing comes from the channel any
// more, and a notice in the room says so. If the channel is archived, that is the reason.
func (c *Client) handleLeft(ctx context.Context, row *inbox.Attempt, left *slackevent.ChannelLeft) error {
	if err := c.withdraw(ctx, left.Channel); err != nil {
		return err
	}
	key, err := c.conversations.portalKey(ctx, left.Channel, "channel")
	if err != nil {
		return err
	}
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil {
		return err
	}
	since := toldAt(row, left.EventTS)
	conversation, err := c.conversations.fetch(ctx, left.Channel)
	switch {
	case err != nil && isTriedAgain(err):
		return err
	case slackapi.HasCode(err, "channel_not_found") && c.connector.shownIn(portal, "").public:
		return c.closeHidden(ctx, row, portal, since)
	case err == nil && conversation.IsArchived:
		return c.archived(ctx, row, key, since, "")
	case err == nil && conversation.IsMember: // it was added again, which may be handled already
		reading, err := c.catchupRow(kindCatchup, span{Channel: left.Channel, Since: since})
		if err != nil {
			return err
		}
		reading.Key += " after " + row.Key
		_, err = c.connector.inbox.Put(ctx, reading)
		return err
	}
	return c.closeRoom(ctx, row, key, closing{why: closedLeft, since: since, text: c.leftText()})
}

func (c *Client) leftText() string {
	return "The bridge's bot was removed from this Slack channel: messages no longer cross. To go on, " + c.invitation()
}

// lookWhy finds out why Slack does not show a conversation to the bot, and closes its
// room: the event about it was missed.
func (try *catchup) lookWhy(ctx context.Context, refused error) error {
	c, row, missed := try.Client, try.row, try.span
	if !slackapi.HasCode(refused, "not_in_channel", "channel_not_found", "is_archived") {
		return nil
	}
	key, err := c.conversations.portalKey(ctx, missed.Channel, "")
	if err != nil {
		return err
	}
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil || portal.Receiver != "" {
		return err
	}
	if c.connector.isOutside(portal) && slackapi.HasCode(refused, "not_in_channel") {
		return nil // as at every start
	}
	conversation, err := c.conversations.fetch(ctx, missed.Channel)
	text := c.leftText()
	switch {
	case slackapi.HasCode(err, "channel_not_found"):
		if moving, err := c.findMove(ctx, row, portal); moving || err != nil {
			return err // what was missed is read under the new id
		}
		if c.connector.shownIn(portal, "").public {
			return c.closeHidden(ctx, row, portal, missed.Since)
		}
		text = "Slack does not show this channel to the bridge's bot: it was deleted, or archived, or it is private and the bot was removed. Messages no longer cross. If the channel is there, " + c.invitation()
	case err != nil:
		return unreadable(ctx, err)
	case conversation.IsArchived:
		return c.archived(ctx, row, key, missed.Since, "")
	case conversation.IsMember, c.connector.isOutside(portal):
		return nil
	}
	return c.closeRoom(ctx, row, key, closing{why: closedLeft, since: missed.Since, text: text})
}

// closeHidden closes the room of a public channel that Slack does not show to the bot any more:
// it was deleted, or made private without the bot. A plumbed room stays linked, because the
// channel may come back; an admin who knows that it was deleted unlinks it.
func (c *Client) closeHidden(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, since time.Time) error {
	c.conversations.forget(channelOf(portal))
	text := "Slack does not show this channel to the bridge's bot any more: it was deleted, or it is private now and the bot is not in it. " +
		"Messages no longer cross" + alsoReadOnly + ". If the channel is there, " + c.invitation()
	if c.connector.isPlumbed(portal) {
		text += fmt.Sprintf(" If it was deleted, `%s %s` separates this room from it.", c.connector.bridge.Config.CommandPrefix, unplumbName)
	}
	return c.closeRoom(ctx, row, portal.PortalKey, closing{why: closedHidden, since: since, text: text})
}

// lookAtClosed checks whether a closed channel is open again, or is not shown any more: the
// event about it may have been missed. It says whether there is nothing to read now; when the
// channel opens, a separate row reads what was missed.
func (try *catchup) lookAtClosed(ctx context.Context) (closed bool, err error) {
	c, row := try.Client, try.row
	key, err := c.conversations.portalKey(ctx, try.span.Channel, "")
	if err != nil {
		return false, err
	}
	portal, err := c.ownRoom(ctx, key)
	if err != nil || portal == nil || !c.connector.closureOf(portal).readOnly() {
		return false, err
	}
	was := c.connector.closureOf(portal)
	if was == closedDeleted {
		return true, nil
	}
	if err := try.noteUnread(ctx); err != nil {
		return true, err
	}
	conversation, err := c.conversations.fetch(ctx, try.span.Channel)
	switch {
	case slackapi.HasCode(err, "channel_not_found") && c.connector.shownIn(portal, "").public:
		if moving, err := c.findMove(ctx, row, portal); moving || err != nil {
			return true, err
		}
		return true, c.closeHidden(ctx, row, portal, try.span.Since)
	case err != nil:
		return true, unreadable(ctx, err)
	case conversation.IsArchived:
		return true, nil
	case was == closedHidden && (conversation.IsMember || c.connector.isOutside(portal)):
		if err := c.resync(ctx, row, conversation); err != nil {
			return true, err
		}
		return true, c.reopen(ctx, row, key, conversation)
	case conversation.IsMember:
		return true, c.reopen(ctx, row, key, conversation)
	}
	return true, c.unarchived(ctx, row, key, conversation)
}

// reopenLeft opens the room of a conversation that Slack shows again.
func (try *catchup) reopenLeft(ctx context.Context) error {
	key, err := try.conversations.portalKey(ctx, try.span.Channel, "")
	if err != nil {
		return err
	}
	portal, err := try.ownRoom(ctx, key)
	if err != nil || portal == nil || try.connector.closureOf(portal) != closedLeft {
		return err
	}
	conversation, err := try.conversations.fetch(ctx, try.span.Channel)
	if err != nil {
		return unreadable(ctx, err)
	}
	if !conversation.IsMember && portal.Receiver == "" {
		return nil // it was left again
	}
	return try.reopen(ctx, try.row, key, conversation)
}
