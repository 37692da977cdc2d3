package workspace

import (
	"slices"
	"strings"
)

// Span limits what is read of a conversation: timestamps exclusive unless
// Inclusive, "" for no limit.
type Span struct {
	Oldest, Latest string
	Inclusive      bool
}

func (s Span) holds(ts string) bool {
	if s.Oldest != "" && (ts < s.Oldest || (!s.Inclusive && ts == s.Oldest)) {
		return false
	}
	return s.Latest == "" || ts < s.Latest || (s.Inclusive && ts == s.Latest)
}

// History returns the timestamps of what a conversation's main view shows in a
// span, newest first: replies only where they were broadcast. hidden says that
// the plan keeps older messages of the span back.
func (w *Workspace) History(id string, s Span) (shown []string, hidden bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	if c == nil {
		return nil, false, Fail("channel_not_found")
	}
	for _, m := range slices.Backward(c.messages) {
		switch {
		case (m.IsReply() && !m.Broadcast) || !s.holds(m.TS):
		case w.plan.Hides(m.TS):
			return shown, true, nil
		default:
			shown = append(shown, m.TS)
		}
	}
	return shown, false, nil
}

// Messages returns the messages of these timestamps that are still there.
func (w *Workspace) Messages(id string, list []string) []Message {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Message{}
	c := w.channels[id]
	if c == nil {
		return out
	}
	for _, ts := range list {
		if m := c.message(ts); m != nil {
			out = append(out, *m.clone())
		}
	}
	return out
}

// Thread returns a thread: its parent first, then the replies in a span, oldest
// first. The ts of a message without replies gives that message; that a person
// came or went starts no thread (Slack docs: conversations.replies).
func (w *Workspace) Thread(id, ts string, s Span) (parent Message, replies []Message, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	if c == nil {
		return Message{}, nil, Fail("channel_not_found")
	}
	root := c.message(ts)
	if root == nil || comesAndGoes[root.Subtype] {
		return Message{}, nil, Fail("thread_not_found")
	}
	for _, m := range c.replies(root.TS) {
		if s.holds(m.TS) {
			replies = append(replies, *m.clone())
		}
	}
	return *root.clone(), replies, nil
}

// comesAndGoes are the subtypes that conversations.replies knows nothing of.
var comesAndGoes = map[string]bool{"channel_join": true, "channel_leave": true, "group_join": true, "group_leave": true}

// Message returns one message, wherever it stands.
func (w *Workspace) Message(id, ts string) (Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	if c == nil {
		return Message{}, Fail("channel_not_found")
	}
	if m := c.message(ts); m != nil {
		return *m.clone(), nil
	}
	return Message{}, Fail("message_not_found")
}

// All returns everything said in a conversation, replies included, oldest first.
func (w *Workspace) All(id string) ([]Message, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	if c == nil {
		return nil, Fail("channel_not_found")
	}
	out := make([]Message, len(c.messages))
	for i, m := range c.messages {
		out[i] = *m.clone()
	}
	return out, nil
}

// ReactedItem is a message that a person reacted to.
type ReactedItem struct {
	Channel string
	Message Message
}

// Reacted returns the messages that a user reacted to and the actor may see,
// newest first.
func (w *Workspace) Reacted(a Actor, user string) []ReactedItem {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []ReactedItem
	for _, id := range w.chanOrder {
		c := w.channels[id]
		if !c.Visible(a.User) {
			continue
		}
		for _, m := range c.messages {
			if slices.ContainsFunc(m.Reactions, func(r Reaction) bool { return slices.Contains(r.Users, user) }) {
				out = append(out, ReactedItem{id, *m.clone()})
			}
		}
	}
	slices.SortStableFunc(out, func(x, y ReactedItem) int { return strings.Compare(y.Message.TS, x.Message.TS) })
	return out
}

// AddConversation puts a conversation in place without an event: for the
// seed.
func (w *Workspace) AddConversation(ch Channel) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if ch.ID != "" && w.taken(ch.ID) {
		return Channel{}, Fail("id_taken", ch.ID)
	}
	if ch.Kind == Public || ch.Kind == Private {
		if ch.ID == "" {
			ch.ID = w.id("C")
		}
		if err := checkName(ch.Name); err != nil {
			return Channel{}, err
		}
		if w.nameTaken(ch.Name) {
			return Channel{}, Fail("name_taken", ch.Name)
		}
		return w.add(ch).copy(), nil
	}
	if len(ch.Members) < 2 || w.directOf(ch.Members) != nil {
		return Channel{}, Fail("invalid_user_combination")
	}
	c := w.addDirect(ch.ID, ch.Creator, ch.Members)
	for _, user := range ch.Members {
		c.Open[user] = true
	}
	return c.copy(), nil
}

// Inject raises an event of the tests' own making to one app, whatever it
// subscribed to.
func (w *Workspace) Inject(appRef, eventType, channel string, body map[string]any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	app := w.app(appRef)
	if app == nil {
		return Fail("app_not_found")
	}
	if _, ok := body["event_ts"]; !ok {
		body["event_ts"] = w.wallTS()
	}
	body["type"] = eventType
	w.deliver(app, Event{Type: eventType, Channel: channel, Body: body})
	return nil
}
