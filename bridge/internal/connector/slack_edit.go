package connector

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// handleEdit handles message_changed. Slack also sends it for changes that are not edits:
// a link's preview, a thread's counters, a pin, and the tombstone of a deleted root with
// replies.
func (c *Client) handleEdit(ctx context.Context, row *inbox.Attempt, change *slackevent.Message) error {
	message := change.Message
	if message == nil {
		return fmt.Errorf("message_changed in %s has no message", change.Channel)
	}
	if carried, err := c.carriesFromSlack(ctx, change.Channel); !carried || err != nil {
		return err
	}
	message.Channel, message.ChannelType = change.Channel, change.ChannelType
	same := sameContent(message, change.PreviousMessage)
	switch {
	case message.Subtype == slackevent.SubtypeTombstone:
		return c.remove(ctx, row, change, message.TS)
	case c.ownPost(message), same && !lostFile(message):
		return nil
	}
	if out, err := c.leavesOut(ctx, message); out || err != nil {
		return err
	}
	key, err := c.conversations.portalKey(ctx, change.Channel, change.ChannelType)
	if err != nil {
		return err
	}
	messageID := slackid.MakeMessageID(c.team, change.Channel, message.TS)
	known, err := c.partsOf(ctx, key.Receiver, messageID)
	if err != nil {
		return err
	}
	if same && len(c.lostFiles(message, known)) == 0 {
		return nil
	}
	if len(known) == 0 {
		return c.editBeforeOriginal(ctx, row, key, change)
	}
	if original := originalOf(known); original == nil || !c.connector.Ours(original.SenderMXID) {
		if c.isPosted(message) {
			return nil // only its author in Matrix can change it there
		}
		return c.amend(ctx, row, key, messageID, change)
	}
	if orderIsUnknown(change, known) {
		if handled, err := c.newerState(ctx, row, change); handled || err != nil {
			return err
		}
	}
	parts, err := c.convert(ctx, message, editBytes, shownIn{portal: key, existing: known})
	if err != nil {
		return err
	}
	for _, part := range parts {
		meta := part.DBMetadata.(*MessageMetadata)
		meta.EditEvent = cmp.Or(meta.EditEvent, message.EventTS, change.TS)
	}
	sender, err := c.sender(ctx, message)
	if err != nil {
		return err
	}
	sender.ForceEditOrigSender = true
	event := &edit{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventEdit, portal: key, sender: sender, at: toldAt(row, change.EventTS),
			plan: newSendPlan("edit " + string(messageID) + " " + editTS(message) + " " + stateOf(message) + standsAs(known)),
		},
		client: c, target: messageID, message: message, parts: parts, told: change.TS, sameText: sameText(message, change.PreviousMessage),
	}
	if row.Unsure {
		if err := c.recoverEdit(ctx, row, event, known); err != nil {
			return err
		}
	}
	return c.submit(ctx, row, event)
}

// editBeforeOriginal handles an edit of a message that is not in Matrix. Slack does not
// deliver events in order: if the message may still be on its way, its newest state is
// bridged instead, and the original is then a duplicate. An old message from before the
// bridge stays out, and so does one that Slack does not show any more: nothing says again
// that it was deleted.
func (c *Client) editBeforeOriginal(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, change *slackevent.Message) error {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", change.Channel, err)
	}
	room := c.connector.roomOf(portal)
	if room == "" {
		said, err := slackid.ParseTimestamp(change.Message.TS)
		if err != nil {
			return fmt.Errorf("edit in %s: %w", change.Channel, err)
		}
		if toldAt(row, cmp.Or(change.TS, change.EventTS)).Sub(said) > lateOriginal {
			c.connector.counts.withoutTarget(EditOf)
			return nil
		}
		return c.postEdited(ctx, row, change)
	}
	if c.connector.inbox.WaitingIn(room.String(), row.ID) > 0 {
		return inbox.Later(shortWait, errTargetUnknown)
	}
	if recent, err := c.isRecent(ctx, portal, change.Message.TS, toldAt(row, cmp.Or(change.TS, change.EventTS))); err != nil {
		return fmt.Errorf("edit in %s: %w", change.Channel, err)
	} else if !recent {
		c.connector.counts.withoutTarget(EditOf)
		return nil
	}
	try := &catchup{Client: c, row: row, span: span{Channel: change.Channel}}
	if gone, err := try.isGone(ctx, change.Message.TS, change.Message.ThreadTS); err != nil {
		return err
	} else if gone {
		return c.remove(ctx, row, &slackevent.Message{Channel: change.Channel, ChannelType: change.ChannelType}, change.Message.TS)
	}
	return c.postEdited(ctx, row, change)
}

// postEdited bridges the newest state of a message in place of its original.
func (c *Client) postEdited(ctx context.Context, row *inbox.Attempt, change *slackevent.Message) error {
	state := *change.Message
	state.EventTS = change.TS
	return c.handlePost(ctx, row, &state)
}

// standsAs tells the states apart in which an edit finds a message: an edit back to a state
// that it had before is another one.
func standsAs(known []*database.Message) string {
	meta, ok := known[0].Metadata.(*MessageMetadata)
	if !ok || meta.EditEvent == "" {
		return ""
	}
	return " after " + meta.EditEvent
}

// editEvent is the ts of the event that told the state of an edited message, "" for a message
// that was not edited.
func editEvent(message *slackevent.Message) string {
	if editTS(message) == "" {
		return ""
	}
	return message.EventTS
}

// edit is a changed message in Slack.
type edit struct {
	remoteEvent
	client  *Client
	target  networkid.MessageID
	message *slackevent.Message
	// told is the ts of the event, "" for an edit from history.
	told string
	// sameText says that only the message's files changed. Some may be lines of its text.
	sameText bool
	// parts are the new state, made before the portal was locked.
	parts []*bridgev2.ConvertedMessagePart
	// surplus are parts that the new text does not need.
	surplus []*database.Message
}

var _ bridgev2.RemoteEdit = (*edit)(nil)

// GetTargetMessage implements bridgev2.RemoteEventWithTargetMessage.
func (e *edit) GetTargetMessage() networkid.MessageID { return e.target }

// ConvertEdit implements bridgev2.RemoteEdit. Files that the message does not have any more
// are redacted. Parts that are in Matrix get the new text; a longer one and new files get
// more parts at the end of the room, a shorter one loses parts once the rest is done.
func (e *edit) ConvertEdit(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, existing []*database.Message) (*bridgev2.ConvertedEdit, error) {
	existing = inOrder(existing)
	if e.isShown(existing, e.parts) {
		return nil, bridgev2.ErrIgnoringRemoteEvent
	}
	converted, names := &bridgev2.ConvertedEdit{}, []string(nil)
	pairs := pairParts(e.message, e.parts, existing)
	if err := e.removeFiles(ctx, portal, &pairs); err != nil {
		return nil, e.fail(err)
	}
	moved := e.isMoved(existing)
	for _, pair := range pairs.both {
		if moved || e.shows(pair.stand) {
			continue // it is the same, or an earlier try has changed it
		}
		if e.sameText && sameLines(pair.part, pair.stand) || isFileAlone(pair.part) {
			if err := e.noteSame(ctx, pair); err != nil {
				return nil, e.fail(err)
			}
			continue
		}
		modified := pair.part.ToEditPart(pair.stand)
		modified.TopLevelExtra = originOfEdit(pair.part, e.message)
		converted.ModifiedParts = append(converted.ModifiedParts, modified)
		names = append(names, "edit "+string(pair.part.ID))
	}
	e.surplus = pairs.surplus
	if added := pairs.added; len(added) > 0 {
		root, err := e.client.threadRoot(ctx, portal, e.message)
		if err != nil {
			return nil, e.fail(err)
		}
		if root == "" {
			converted.AddedParts = &bridgev2.ConvertedMessage{Parts: added}
			names = append(names, partNames("send", added)...)
		} else if err := e.sendAdded(ctx, portal, intent, root, added); err != nil {
			return nil, e.fail(err)
		}
	}
	e.plan.expect(names)
	return converted, nil
}

// noteSame notes that a part shows the message as it is after the edit, which did not change
// what it shows.
func (e *edit) noteSame(ctx context.Context, pair pair) error {
	meta, ok := pair.stand.Metadata.(*MessageMetadata)
	if !ok || editTS(e.message) == "" {
		return nil
	}
	meta.CopyFrom(pair.part.DBMetadata)
	return wrapped(e.client.connector.bridge.DB.Message.Update(ctx, pair.stand), "note the edit of part %q of %s", pair.part.ID, e.target)
}

// removeFiles redacts the parts of files that the message does not have any more, before
// what replaces them is sent. A message of which nothing is left is gone.
func (e *edit) removeFiles(ctx context.Context, portal *bridgev2.Portal, pairs *pairs) error {
	answered := e.message.ReplyCount > 0
	if len(e.parts) == 0 {
		pairs.surplus = nil
		if err := e.client.connector.deletions.note(ctx, goneMessage(e.target), e.at); err != nil {
			return err
		}
		return e.client.redactMessage(ctx, portal, e.target, answered)
	}
	var texts []*database.Message
	for n, part := range pairs.surplus {
		file := fileOfPart(part, e.message)
		if file == "" {
			texts = append(texts, part)
			continue
		}
		if n == 0 && part.PartID == slackid.MakeTextPartID(0) {
			if err := e.client.keepLostRoot(ctx, portal, part, answered); err != nil {
				return err
			}
		}
		if err := e.client.removePart(ctx, portal, part); err != nil {
			return err
		}
		if err := e.client.connector.db.DropFiles(ctx, portal.Receiver, e.target, file); err != nil {
			return err
		}
	}
	pairs.surplus = texts
	return nil
}

// sendAdded sends the additional parts of an answer.
func (e *edit) sendAdded(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, root networkid.MessageID, added []*bridgev2.ConvertedMessagePart) error {
	e.plan.expect(partNames("send", added))
	return e.client.sendAnswer(ctx, portal, intent, threadAnswer{
		id: e.target, sender: e.sender.Sender, at: e.at, root: root, parts: added, plan: e.plan,
	})
}

// PostHandle implements bridgev2.RemotePostHandler: parts that the new text does
// not need are redacted. The framework would forget them even if that failed.
func (e *edit) PostHandle(ctx context.Context, portal *bridgev2.Portal) {
	for _, part := range e.surplus {
		if err := e.client.removePart(ctx, portal, part); err != nil {
			e.err = err
			return
		}
	}
}

// isShown says whether Matrix shows this state of the message, in every part,
// or a newer one.
func (e *edit) isShown(stands []*database.Message, wanted []*bridgev2.ConvertedMessagePart) bool {
	whole := len(stands) == len(wanted)
	for _, part := range stands {
		meta, ok := part.Metadata.(*MessageMetadata)
		if ok && (isLater(meta.LastEditTS, editTS(e.message)) || isLater(meta.EditEvent, e.told)) {
			return true
		}
		whole = whole && ok && meta.LastEditTS != "" && meta.LastEditTS == editTS(e.message) &&
			(meta.State == "" || meta.State == stateOf(e.message))
	}
	return whole
}

// shows says whether a part was made what the message is now by this edit.
func (e *edit) shows(part *database.Message) bool {
	meta, ok := part.Metadata.(*MessageMetadata)
	return ok && meta.LastEditTS != "" && meta.LastEditTS == editTS(e.message) && meta.State != "" && meta.State == stateOf(e.message)
}

// isLater says whether the first of two edits was made after the second.
func isLater(one, other string) bool {
	a, err := slackid.ParseTimestamp(one)
	if err != nil {
		return false
	}
	b, err := slackid.ParseTimestamp(other)
	return err == nil && a.After(b)
}

// textParts are the parts that hold text, in order.
func textParts(parts []*database.Message) []*database.Message {
	var text []*database.Message
	for _, part := range parts {
		if isTextPart(part) {
			text = append(text, part)
		}
	}
	return text
}

func isTextPart(part *database.Message) bool {
	return part.PartID == "" || strings.HasPrefix(string(part.PartID), "text-")
}
