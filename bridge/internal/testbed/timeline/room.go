package timeline

import (
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Message is a message event as a person reads it.
type Message struct {
	ID     id.EventID
	Sender id.UserID
	// Body and HTML are the text in its two forms; HTML is empty when the event
	// has none. For an edit they are the new text.
	Body, HTML string
	Type       event.MessageType
	// Thread is the event that begins the thread, ReplyTo the event that is
	// answered and Edits the one that is replaced; each may be empty.
	Thread, ReplyTo, Edits id.EventID
	Redacted               bool
	Event                  *event.Event
}

// Name returns the room's name, empty when it has none.
func (r *Room) Name() string {
	if evt := r.State[event.StateRoomName][""]; evt != nil {
		return evt.Content.AsRoomName().Name
	}
	return ""
}

// Topic returns what the room is about, empty when it does not say.
func (r *Room) Topic() string {
	if evt := r.State[event.StateTopic][""]; evt != nil {
		return evt.Content.AsTopic().Topic
	}
	return ""
}

// Pinned returns the room's list of pins.
func (r *Room) Pinned() []id.EventID {
	if evt := r.State[event.StatePinnedEvents][""]; evt != nil {
		return evt.Content.AsPinnedEvents().Pinned
	}
	return nil
}

// Member returns a user's membership event, or nil.
func (r *Room) Member(user id.UserID) *event.MemberEventContent {
	if evt := r.State[event.StateMember][user.String()]; evt != nil {
		return evt.Content.AsMember()
	}
	return nil
}

// IsSpace says whether the room is a space.
func (r *Room) IsSpace() bool {
	evt := r.State[event.StateCreate][""]
	return evt != nil && evt.Content.AsCreate().Type == event.RoomTypeSpace
}

// Messages returns the messages and the edits in the room.
func (r *Room) Messages() []Message {
	var messages []Message
	for _, evt := range r.Events {
		if evt.Type == event.EventMessage || evt.Type == event.EventSticker {
			messages = append(messages, r.message(evt))
		}
	}
	return messages
}

func (r *Room) message(evt *event.Event) Message {
	m := Message{ID: evt.ID, Sender: evt.Sender, Event: evt, Redacted: r.Redacted[evt.ID]}
	content := evt.Content.AsMessage()
	if relates := content.RelatesTo; relates != nil {
		m.Edits, m.Thread, m.ReplyTo = relates.GetReplaceID(), relates.GetThreadParent(), relates.GetNonFallbackReplyTo()
	}
	if m.Edits != "" && content.NewContent != nil {
		content = content.NewContent
	}
	m.Body, m.HTML, m.Type = content.Body, content.FormattedBody, content.MsgType
	return m
}

// Reaction is a reaction event.
type Reaction struct {
	ID       id.EventID
	Sender   id.UserID
	Of       id.EventID
	Key      string
	At       time.Time // as the event says
	Redacted bool
}

// Reactions returns the reactions in the room.
func (r *Room) Reactions() []Reaction {
	var reactions []Reaction
	for _, evt := range r.Events {
		if evt.Type != event.EventReaction {
			continue
		}
		relates := evt.Content.AsReaction().RelatesTo
		reactions = append(reactions, Reaction{
			ID: evt.ID, Sender: evt.Sender, Of: relates.EventID, Key: relates.Key, At: time.UnixMilli(evt.Timestamp), Redacted: r.Redacted[evt.ID],
		})
	}
	return reactions
}

// String shows the room for the message of a failed test.
func (r *Room) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %q (%s)\n", r.ID, r.Name(), r.Membership)
	for _, evt := range r.Events {
		gone := ""
		if r.Redacted[evt.ID] {
			gone = " (redacted)"
		}
		fmt.Fprintf(&b, "  %s %s %s%s %s\n", evt.ID, evt.Sender, evt.Type.Type, gone, cut(evt.Content.VeryRaw, 200))
	}
	return b.String()
}

func cut(text []byte, length int) string {
	if len(text) <= length {
		return string(text)
	}
	return fmt.Sprintf("%s… (%d bytes)", text[:length], len(text))
}
