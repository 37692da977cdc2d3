package workspace

import "slices"

// maxEphemerals bounds what is remembered of what was shown.
const maxEphemerals = 1000

// Ephemeral is something that one person alone sees in a conversation:
// it is no message of it, and nothing can be done with it.
type Ephemeral struct {
	User    string  `json:"user"`
	Channel string  `json:"channel"`
	Message Message `json:"message"`
}

// Show shows a post to one user. Who may do that is the caller's to know.
func (w *Workspace) Show(user string, p Post) (Ephemeral, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[p.Channel]
	switch {
	case c == nil:
		return Ephemeral{}, Fail("channel_not_found")
	case w.users[user] == nil:
		return Ephemeral{}, Fail("user_not_found")
	}
	return w.show(c, user, w.compose(c, p)), nil
}

// Tell shows a user a text of Slack's own.
func (w *Workspace) Tell(user, channel, text string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[channel]
	switch {
	case c == nil:
		return Fail("channel_not_found")
	case w.users[user] == nil:
		return Fail("user_not_found")
	}
	w.show(c, user, &Message{Type: "message", User: "USLACKBOT", Text: text, TS: w.nextTS(c)})
	return nil
}

func (w *Workspace) show(c *conversation, user string, m *Message) Ephemeral {
	e := Ephemeral{User: user, Channel: c.ID, Message: *m}
	w.shown = append(w.shown, e)
	if len(w.shown) > maxEphemerals {
		w.shown = slices.Clone(w.shown[len(w.shown)-maxEphemerals/2:])
	}
	w.emit(Event{Type: "ephemeral", Channel: c.ID, only: []string{}, Body: map[string]any{"user": user, "message": fieldsOf(m)}})
	return e
}

// Hide takes something away that a user was shown.
func (w *Workspace) Hide(user, ts string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	i := slices.IndexFunc(w.shown, func(e Ephemeral) bool { return e.User == user && e.Message.TS == ts })
	if i < 0 {
		return
	}
	channel := w.shown[i].Channel
	w.shown = slices.Delete(slices.Clone(w.shown), i, i+1)
	w.emit(Event{Type: "ephemeral_hidden", Channel: channel, only: []string{}, Body: map[string]any{"user": user, "ts": ts}})
}

// Ephemerals returns what a user was shown, oldest first.
func (w *Workspace) Ephemerals(user string) []Ephemeral {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := []Ephemeral{}
	for _, e := range w.shown {
		if e.User == user {
			out = append(out, e)
		}
	}
	return out
}
