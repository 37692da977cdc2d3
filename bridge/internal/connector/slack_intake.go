package connector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// sourcePrefix begins the name of a login's rows in the inbox.
const sourcePrefix = "slack:"

// sourceOf is the name of a login's rows in the inbox.
func sourceOf(login networkid.UserLoginID) string { return sourcePrefix + string(login) }

// loginOf is the login of a source.
func loginOf(source string) networkid.UserLoginID {
	return networkid.UserLoginID(strings.TrimPrefix(source, sourcePrefix))
}

// Kinds of rows from Slack, and what their payloads are.
const (
	kindEvent  = "event"  // the payload of an events_api envelope
	kindResync = "resync" // a conversation's id: its room is made or brought up to date
)

// store puts the events of envelopes into the inbox with one commit; the session
// acknowledges them when it returns nil. What cannot be decoded or means nothing to the
// bridge is set aside and acknowledged too: another delivery would not help. The bridge's
// own posts come back as events and are not stored.
func (s *session) store(ctx context.Context, envelopes []slackevent.Envelope) error {
	moves := s.client.connector.moves
	moves.storing.RLock()
	defer moves.storing.RUnlock()
	rows := make([]inbox.Row, 0, len(envelopes))
	for _, envelope := range envelopes {
		row, ok := s.rowOf(ctx, envelope)
		if !ok {
			continue
		}
		if err := s.announceMove(ctx, row); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	if _, err := s.client.connector.inbox.Put(ctx, rows...); err != nil {
		return fmt.Errorf("store %d events: %w", len(rows), err)
	}
	for _, row := range rows {
		s.client.connector.counts.arrived(row.Decoded.(storedEvent).kind, Stored)
	}
	failpoint.Hit(failpoint.CommitAck)
	return nil
}

// rowOf makes the row of an envelope, if it is to be handled.
func (s *session) rowOf(ctx context.Context, envelope slackevent.Envelope) (row inbox.Row, ok bool) {
	if envelope.Type == slackevent.TypeSlashCommands {
		row, err := s.client.commandRow(envelope.Payload)
		if err != nil {
			s.setAside(ctx, envelope, envelope.Type, err)
		}
		return row, err == nil
	}
	if envelope.Type != slackevent.TypeEventsAPI {
		s.setAside(ctx, envelope, envelope.Type, nil)
		return row, false
	}
	callback, err := slackevent.ParseCallback(envelope.Payload)
	if err == nil && callback.InnerType != eventIDChanged {
		if payload := s.client.connector.moves.rewrite(s.client.team, envelope.Payload); payload != nil {
			envelope.Payload = payload
			callback, err = slackevent.ParseCallback(payload)
		}
	}
	if err != nil {
		s.setAside(ctx, envelope, "unreadable", err)
		return row, false
	}
	event, err := slackevent.Decode(callback)
	if err != nil {
		s.setAside(ctx, envelope, callback.InnerType, err)
		return row, false
	}
	if _, known := s.client.connector.handlers[callback.InnerType]; !known || s.client.isEcho(event) {
		s.setAside(ctx, envelope, callback.InnerType, nil)
		return row, false
	}
	return s.client.eventRow(callback, event, envelope.Payload), true
}

// isEcho says whether an event is about something that the bridge itself did for people
// in Matrix. Deletions are never echoes: Slack does not say who deleted.
func (c *Client) isEcho(event slackevent.Event) bool {
	switch event := event.(type) {
	case *slackevent.Message:
		if event.Subtype == slackevent.SubtypeChanged && event.Message != nil {
			return event.Message.Subtype != slackevent.SubtypeTombstone && c.ownPost(event.Message)
		}
		if event.Subtype == slackevent.SubtypeDeleted || !c.ownPost(event) {
			return false
		}
		c.connector.uploads.hear(event)
		c.connector.selfTests.hear(event)
		return true
	case *slackevent.Reaction:
		return c.isApp(event.User)
	}
	return false
}

// eventRow makes the row of an event.
func (c *Client) eventRow(callback slackevent.Callback, event slackevent.Event, payload []byte) inbox.Row {
	row := inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane(event.Conversation()), Kind: kindEvent,
		Payload: payload, Decoded: storedEvent{kind: callback.InnerType, event: event},
	}
	row.Key, row.Self, row.About = names(event)
	if row.Key == "" {
		row.Key = eventID(callback)
	}
	return row
}

// lane is the lane of a conversation: everything for its portal goes through it in order,
// whichever login receives it.
func (c *Client) lane(conversation string) string {
	return c.team + "/" + c.connector.moves.ordered(c.team, conversation)
}

// names returns the names of a row: its key, the name that rows about it use, and the
// name of what it is about itself. Slack's history gives messages, edits and deletions the
// same keys as events do; other events have no name.
func names(event slackevent.Event) (key, self, about string) {
	switch event := event.(type) {
	case *slackevent.Message:
		return messageNames(event)
	case *slackevent.Reaction:
		if event.Item.Type == slackevent.ItemMessage {
			about = messageName(event.Item.Channel, event.Item.TS)
		}
	case *slackevent.Pin:
		if event.Item.Type == slackevent.ItemMessage && event.Item.Message != nil {
			about = messageName(event.ChannelID, event.Item.Message.TS)
		}
	}
	return "", "", about
}

func messageNames(message *slackevent.Message) (key, self, about string) {
	switch message.Subtype {
	case slackevent.SubtypeChanged:
		changed := message.Message
		if changed == nil {
			return "", "", ""
		}
		about = messageName(message.Channel, changed.TS)
		switch {
		case changed.Subtype == slackevent.SubtypeTombstone:
			key = "delete " + about
		case changed.Edited != nil && changed.Edited.TS != "" && !sameContent(changed, message.PreviousMessage):
			key = "edit " + about + " " + changed.Edited.TS + " " + stateOf(changed)
		}
		return key, "", about
	case slackevent.SubtypeDeleted:
		about = messageName(message.Channel, deletedTS(message))
		return "delete " + about, "", about
	}
	if message.TS == "" {
		return "", "", ""
	}
	self = messageName(message.Channel, message.TS)
	if inThread(message) {
		about = messageName(message.Channel, message.ThreadTS)
	}
	if isBroadcast(message) {
		return "message " + self + " broadcast", self, about // it may also come as a reply
	}
	return "message " + self, self, about
}

func messageName(channel, ts string) string { return channel + " " + ts }

// eventID is the id of an event, or a digest of its content if Slack gave it none.
func eventID(callback slackevent.Callback) string {
	if callback.EventID != "" {
		return callback.EventID
	}
	sum := sha256.Sum256(callback.Event)
	return callback.InnerType + "-" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// setAside counts what is not handled, by its type, and logs it: as a warning if it could
// not be read, which only the bridge's authors can fix.
func (s *session) setAside(ctx context.Context, envelope slackevent.Envelope, kind string, why error) {
	outcome := SetAside
	if why != nil {
		outcome = Unreadable
	}
	c := s.client.connector
	count := c.counts.arrived(c.typeOf(kind), outcome)
	log := zerolog.Ctx(ctx).With().Str("envelope_id", envelope.ID).Str("kind", kind).Int64("count", count).Logger()
	if why != nil {
		log.Warn().Err(why).Msg("Set aside what Slack sent and the bridge cannot read; please report it with this line")
		return
	}
	log.Debug().Msg("Acknowledged what the bridge has no use for")
}
