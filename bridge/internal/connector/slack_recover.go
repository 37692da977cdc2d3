package connector

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// History reads the events of rooms.
type History interface {
	// Recent returns the newest events of a room, the newest first, decrypted if the
	// bridge can. It reads back as far as a send of unknown outcome that was made after a
	// time can be.
	Recent(ctx context.Context, room id.RoomID, since time.Time) ([]*event.Event, error)
	// Has says whether the homeserver has an event of a room.
	Has(ctx context.Context, room id.RoomID, event id.EventID) (bool, error)
	// Gone says whether one of the bridge's rooms is not on the homeserver any more, or
	// has no members left.
	Gone(ctx context.Context, room id.RoomID) (bool, error)
}

// recoverParts looks in the room for parts of a message that an earlier try may have sent
// and that are not in the database, and notes those that it finds. Homeservers forget
// transaction ids: Synapse keeps them in memory, and for half an hour.
func (c *Client) recoverParts(ctx context.Context, row *inbox.Attempt, p *post) error {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, p.portal)
	room := c.connector.roomOf(portal)
	if err != nil || room == "" {
		return err
	}
	known, err := c.partsOf(ctx, portal.Receiver, p.id)
	if err != nil {
		return err
	}
	for _, part := range p.parts {
		if slices.ContainsFunc(known, func(stand *database.Message) bool { return stand.PartID == part.ID }) {
			continue
		}
		sent, err := c.findSent(ctx, row, room, part.Extra)
		if err != nil {
			return err
		}
		if sent == nil {
			row.Sure()
			continue
		}
		root, err := c.threadRoot(ctx, portal, p.message)
		if err != nil {
			return err
		}
		if slackid.IsCopyPartID(part.ID) {
			root = ""
		}
		if err := c.connector.bridge.DB.Message.Insert(ctx, &database.Message{
			ID: p.id, PartID: part.ID, MXID: sent.ID, Room: portal.PortalKey, SenderID: p.sender.Sender, SenderMXID: sent.Sender,
			Timestamp: p.at, ThreadRoot: root, Metadata: part.DBMetadata,
		}); err != nil {
			return fmt.Errorf("note part %q of %s, which was sent before: %w", part.ID, p.id, err)
		}
	}
	return nil
}

// recoverEdit looks in the room for what an earlier try at an edit may have sent and that
// is not in the database, and notes it: additional parts, and changes of existing ones.
func (c *Client) recoverEdit(ctx context.Context, row *inbox.Attempt, e *edit, known []*database.Message) error {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, e.portal)
	room := c.connector.roomOf(portal)
	if err != nil || room == "" {
		return err
	}
	if e.isShown(known, e.parts) {
		return nil // an edit that comes late must not be noted over a later one
	}
	pairs := pairParts(e.message, e.parts, known)
	for _, pair := range pairs.both {
		if e.shows(pair.stand) {
			continue
		}
		sent, err := c.findSent(ctx, row, room, originOfEdit(pair.part, e.message))
		if err != nil {
			return err
		}
		meta, ok := pair.stand.Metadata.(*MessageMetadata)
		if sent == nil || !ok {
			continue
		}
		if last, err := c.isLastEdit(ctx, row, sent, pair.stand.MXID); err != nil {
			return err
		} else if !last {
			continue
		}
		meta.CopyFrom(pair.part.DBMetadata)
		if err := c.connector.bridge.DB.Message.Update(ctx, pair.stand); err != nil {
			return fmt.Errorf("note the edit of part %q of %s, which was sent before: %w", pair.part.ID, e.target, err)
		}
	}
	added := &post{remoteEvent: remoteEvent{portal: e.portal, sender: e.sender, at: e.at}, id: e.target, message: e.message, parts: pairs.added}
	return c.recoverParts(ctx, row, added)
}

// findSent looks for the event in a room that shows what origin describes, or returns
// nil. Copies of it are redacted.
func (c *Client) findSent(ctx context.Context, row *inbox.Attempt, room id.RoomID, origin map[string]any) (*event.Event, error) {
	if c.connector.options.History == nil {
		return nil, nil
	}
	events, err := c.connector.options.History.Recent(ctx, room, row.Arrived)
	if err != nil {
		return nil, fmt.Errorf("look in %s for what was sent before: %w", room, err)
	}
	var sent *event.Event // the oldest, which people saw first
	for _, evt := range events {
		if !c.connector.Ours(evt.Sender) || !isOrigin(evt.Content.Raw, origin) {
			continue
		}
		if sent != nil {
			if err := c.redactCopy(ctx, sent); err != nil {
				return nil, err
			}
		}
		sent = evt
	}
	return sent, nil
}

// isLastEdit says whether no later edit of an event is in its room. What was edited since
// does not show the state of the earlier edit.
func (c *Client) isLastEdit(ctx context.Context, row *inbox.Attempt, edit *event.Event, target id.EventID) (bool, error) {
	events, err := c.connector.options.History.Recent(ctx, edit.RoomID, row.Arrived)
	if err != nil {
		return false, fmt.Errorf("look in %s for later edits: %w", edit.RoomID, err)
	}
	for _, evt := range events { // the newest first
		if evt.ID == edit.ID {
			return true, nil
		}
		relation, ok := evt.Content.Raw["m.relates_to"].(map[string]any)
		if ok && c.connector.Ours(evt.Sender) && relation["rel_type"] == string(event.RelReplace) && relation["event_id"] == target.String() {
			return false, nil
		}
	}
	return true, nil
}

// redactCopy redacts a doubled event.
func (c *Client) redactCopy(ctx context.Context, evt *event.Event) error {
	return c.redact(withSendPlan(ctx, newSendPlan("copy "+evt.ID.String(), "redact")), evt.RoomID, evt.ID, evt.Sender)
}

// originKey is the key of an event's content that says what in Slack it shows. With it the
// bridge finds what it has sent, even if the answer was lost.
const originKey = "ops-jrz1.slack"

// originOf is the origin of a part of a message.
func originOf(team string, message *slackevent.Message, part networkid.PartID) map[string]any {
	origin := map[string]any{"message": string(slackid.MakeMessageID(team, message.Channel, message.TS))}
	if part != "" {
		origin["part"] = string(part)
	}
	return map[string]any{originKey: origin}
}

// originOfReaction is originOf for a reaction.
func originOfReaction(target networkid.MessageID, user networkid.UserID, name string) map[string]any {
	return map[string]any{originKey: map[string]any{"message": string(target), "reaction": name, "user": string(user)}}
}

// originOfEdit is originOf for an edit that makes a part what the message is now.
func originOfEdit(part *bridgev2.ConvertedMessagePart, message *slackevent.Message) map[string]any {
	origin := maps.Clone(part.Extra[originKey].(map[string]any))
	origin["edit"] = editTS(message) + " " + stateOf(message)
	return map[string]any{originKey: origin}
}

// isOrigin says whether an event's content comes from what wanted describes.
func isOrigin(content, wanted map[string]any) bool {
	found, ok := content[originKey].(map[string]any)
	want := wanted[originKey].(map[string]any)
	if !ok || len(found) != len(want) {
		return false
	}
	for key, value := range want {
		if found[key] != value {
			return false
		}
	}
	return true
}
