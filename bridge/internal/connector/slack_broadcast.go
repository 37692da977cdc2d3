package connector

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// A reply that was "also sent to the channel" is in two places in Slack. In Matrix it is
// in its thread, and a copy of each of its parts is in the timeline. Copies are parts of
// the same message in the database, so that edits and deletions reach them.

// isBroadcast says whether a message in Slack is in a thread and in the channel. Slack
// says so by its subtype or, if that says something else, by the root that comes with it
// (Slack docs: message event, thread_broadcast).
func isBroadcast(message *slackevent.Message) bool {
	return inThread(message) && (message.Subtype == slackevent.SubtypeThreadBroadcast || message.Root != nil)
}

// copiesFor returns the parts that show a message in the timeline. They notify no one:
// the parts in the thread do.
func (c *Client) copiesFor(message *slackevent.Message, parts []*bridgev2.ConvertedMessagePart) []*bridgev2.ConvertedMessagePart {
	if !isBroadcast(message) {
		return nil
	}
	var copies []*bridgev2.ConvertedMessagePart
	for n, part := range parts {
		id, content := slackid.MakeCopyPartID(n), *part.Content
		content.Mentions = &event.Mentions{}
		extra, meta := originOf(c.team, message, id), *part.DBMetadata.(*MessageMetadata)
		if alt, described := part.Extra[altTextKey]; described {
			extra[altTextKey] = alt
		}
		copies = append(copies, &bridgev2.ConvertedMessagePart{
			ID: id, Type: part.Type, Content: &content, Extra: extra, DBMetadata: &meta,
		})
	}
	return copies
}

// pairs are the parts of a message as they should be, paired with those in Matrix.
type pairs struct {
	both    []pair
	added   []*bridgev2.ConvertedMessagePart // not in Matrix yet
	surplus []*database.Message              // not needed any more
}

// pair is a part and the one in Matrix that shows it, or an earlier state of it.
type pair struct {
	part  *bridgev2.ConvertedMessagePart
	stand *database.Message
}

// pairParts pairs the parts of a message with those in Matrix: files with the same files,
// text with text, and copies with copies.
func pairParts(message *slackevent.Message, wanted []*bridgev2.ConvertedMessagePart, existing []*database.Message) (paired pairs) {
	stands := map[content][]*database.Message{}
	for _, part := range existing {
		if shows, ours := contentOf(part, message); ours {
			stands[shows] = append(stands[shows], part)
		}
	}
	for _, part := range wanted {
		shows := content{slackid.IsCopyPartID(part.ID), part.DBMetadata.(*MessageMetadata).File}
		if len(stands[shows]) == 0 {
			paired.added = append(paired.added, part)
			continue
		}
		paired.both = append(paired.both, pair{part, stands[shows][0]})
		stands[shows] = stands[shows][1:]
	}
	for _, part := range existing { // in order
		shows, _ := contentOf(part, message)
		if slices.Contains(stands[shows], part) {
			paired.surplus = append(paired.surplus, part)
		}
	}
	return paired
}

// content is what a part shows: text, or a file, and whether it is a copy.
type content struct {
	copied bool
	file   string
}

// contentOf is what a part in Matrix shows; ours is false for one of another bridge that
// shows something else.
func contentOf(part *database.Message, message *slackevent.Message) (shows content, ours bool) {
	shows = content{slackid.IsCopyPartID(part.PartID), fileOfPart(part, message)}
	return shows, shows.copied || shows.file != "" || isTextPart(part)
}

// isMoved says whether an edit only adds the reply to the channel, or removes it there.
func (e *edit) isMoved(existing []*database.Message) bool {
	if isBroadcast(e.message) == (len(copyParts(existing)) > 0) {
		return false
	}
	return !slices.ContainsFunc(textParts(existing), func(part *database.Message) bool {
		meta, ok := part.Metadata.(*MessageMetadata)
		return !ok || meta.State != stateOf(e.message) || meta.LastEditTS != editTS(e.message)
	})
}

// copyParts are the copies in Matrix, in order.
func copyParts(parts []*database.Message) []*database.Message {
	return slices.DeleteFunc(slices.Clone(parts), func(part *database.Message) bool { return !slackid.IsCopyPartID(part.PartID) })
}

// lacksCopy says whether a message is in the channel too, and its copy is not in Matrix:
// a reply may be sent to the channel later.
func lacksCopy(message *slackevent.Message, stands []*database.Message) bool {
	return isBroadcast(message) && len(copyParts(stands)) == 0 && len(stands) > 0 && stands[0].ThreadRoot != ""
}

// ofThread returns the part of a message that is in its thread, for one that may be a
// copy.
func (c *Client) ofThread(ctx context.Context, part *database.Message) (*database.Message, error) {
	if !slackid.IsCopyPartID(part.PartID) {
		return part, nil
	}
	own, err := c.connector.bridge.DB.Message.GetPartByID(ctx, part.Room.Receiver, part.ID, slackid.MakeTextPartID(0))
	if err != nil || own == nil {
		return part, wrapped(err, "look up message %s", part.ID)
	}
	return own, nil
}
