package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// Messages that were taken over from another bridge may have been sent by users that do
// not belong to this bridge. Only its sender can edit an event, so an edit of such a message
// in Slack is shown by an amendment: an answer to it, by the ghost of its author, which
// later edits change.

// originalOf returns the first part of a message that is not an amendment.
func originalOf(parts []*database.Message) *database.Message {
	for _, part := range parts {
		if !slackid.IsAmendmentPartID(part.PartID) {
			return part
		}
	}
	return nil
}

// amendments are the parts of a message that show its later edits, in order.
func amendments(parts []*database.Message) []*database.Message {
	return slices.DeleteFunc(slices.Clone(parts), func(part *database.Message) bool { return !slackid.IsAmendmentPartID(part.PartID) })
}

// isPosted says whether an app of the bridge has posted a message.
func (c *Client) isPosted(message *slackevent.Message) bool {
	return c.connector.clients.any(c.team, func(app *Client) bool { return app.posted(message) })
}

// amend shows an edit of a message whose event does not belong to this bridge. Files stay
// as the other bridge has shown them.
func (c *Client) amend(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, target networkid.MessageID, change *slackevent.Message) error {
	message := change.Message
	converted, err := c.convertText(ctx, message, editBytes, broughtFiles{dropped: len(message.Files) > 0})
	if err != nil {
		return err
	}
	sender, err := c.sender(ctx, message)
	if err != nil {
		return err
	}
	event := &amendment{edit{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventUnknown, portal: key, sender: sender, at: toldAt(row, change.EventTS),
			plan: newSendPlan("amend " + string(target) + " " + editTS(message) + " " + stateOf(message)),
		},
		client: c, target: target, message: message, told: change.TS,
	}}
	for _, part := range converted {
		part.ID = slackid.MakeAmendmentPartID(len(event.parts))
		part.Extra = originOf(c.team, message, part.ID)
		meta := part.DBMetadata.(*MessageMetadata)
		meta.EditEvent = cmp.Or(meta.EditEvent, change.TS)
		event.parts = append(event.parts, part)
	}
	if row.Unsure {
		if err := c.recoverParts(ctx, row, &post{
			remoteEvent: remoteEvent{portal: key, sender: event.sender, at: event.at}, id: target, message: message, parts: event.parts,
		}); err != nil {
			return err
		}
	}
	return c.submit(ctx, row, &action{remoteEvent: event.remoteEvent, do: event.apply})
}

// amendment is an edit that is shown next to the original.
type amendment struct {
	edit
}

// apply runs under the portal's lock.
func (a *amendment) apply(ctx context.Context, portal *bridgev2.Portal) error {
	c := a.client
	known, err := c.partsOf(ctx, portal.Receiver, a.target)
	original := originalOf(known)
	if err != nil || original == nil {
		return err
	}
	stands := amendments(known)
	if a.isKnown(original) || a.isShown(stands, a.parts) {
		return nil
	}
	ghost, err := c.connector.bridge.GetGhostByID(ctx, a.sender.Sender)
	if err != nil {
		return fmt.Errorf("load the ghost %s: %w", a.sender.Sender, err)
	}
	for n, part := range a.parts {
		switch {
		case n >= len(stands):
			a.plan.expect([]string{"send " + string(part.ID)})
			err = a.add(ctx, portal, ghost.Intent, original, part)
		case !a.shows(stands[n]):
			a.plan.expect([]string{"edit " + string(part.ID)})
			err = a.change(ctx, portal, ghost.Intent, stands[n], part)
		}
		if err != nil {
			return err
		}
	}
	for _, surplus := range stands[min(len(stands), len(a.parts)):] {
		err = errors.Join(err, c.removePart(ctx, portal, surplus))
	}
	return err
}

// isKnown says whether the original already shows this state, according to the notes of
// the bridge that it was taken over from.
func (a *amendment) isKnown(original *database.Message) bool {
	meta, ok := original.Metadata.(*MessageMetadata)
	return ok && meta.LastEditTS != "" && !isLater(editTS(a.message), meta.LastEditTS)
}

// add sends a part that is not in Matrix yet, in the original's thread or as a reply to it.
func (a *amendment) add(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, original *database.Message, part *bridgev2.ConvertedMessagePart) error {
	answer := threadAnswer{
		id: a.target, sender: a.sender.Sender, at: a.at, root: original.ThreadRoot, parts: []*bridgev2.ConvertedMessagePart{part}, plan: a.plan,
	}
	if original.ThreadRoot != "" {
		return a.client.sendAnswer(ctx, portal, intent, answer)
	}
	row := &database.Message{
		ID: a.target, PartID: part.ID, Room: portal.PortalKey, SenderID: a.sender.Sender, SenderMXID: intent.GetMXID(),
		Timestamp: original.Timestamp, Metadata: part.DBMetadata,
	}
	var err error
	if row.MXID, err = sendPart(ctx, portal, intent, answer, part, row, (&event.RelatesTo{}).SetReplyTo(original.MXID)); err != nil {
		return fmt.Errorf("send an amendment of %s: %w", a.target, err)
	}
	return wrapped(a.client.connector.bridge.DB.Message.Insert(ctx, row), "note an amendment of %s", a.target)
}

// change edits a part that an earlier edit has added.
func (a *amendment) change(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, stand *database.Message, part *bridgev2.ConvertedMessagePart) error {
	content := *part.Content
	content.Mentions = &event.Mentions{}
	content.SetEdit(stand.MXID)
	_, err := intent.SendMessage(ctx, portal.MXID, part.Type, &event.Content{Parsed: &content, Raw: originOfEdit(part, a.message)},
		&bridgev2.MatrixSendExtra{Timestamp: a.at, MessageMeta: stand})
	if err != nil {
		return fmt.Errorf("edit an amendment of %s: %w", a.target, err)
	}
	if meta, ok := stand.Metadata.(*MessageMetadata); ok {
		meta.CopyFrom(part.DBMetadata)
	}
	stand.EditCount++
	return wrapped(a.client.connector.bridge.DB.Message.Update(ctx, stand), "note the edit of an amendment of %s", a.target)
}
