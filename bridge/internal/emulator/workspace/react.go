package workspace

import (
	"slices"

	"ops-jrz1/bridge/internal/emulator/emoji"
)

// The limits of reactions (Slack docs: reactions.add): distinct emoji on one
// message, and reactions of one person to it.
const (
	maxDistinct = 50
	maxPerUser  = 23
)

// reactionName returns the name under which Slack keeps a reaction.
func (w *Workspace) reactionName(name string) (string, error) {
	base, tone, ok := emoji.SplitTone(name)
	if !ok {
		return "", Fail("invalid_name")
	}
	if _, custom := w.emoji[base]; custom && tone == 0 {
		return base, nil
	}
	canonical, ok := emoji.Standard(base)
	if !ok {
		return "", Fail("invalid_name")
	}
	return canonical + name[len(base):], nil
}

// React adds the actor's reaction to a message.
func (w *Workspace) React(a Actor, channel, ts, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, m, name, err := w.reactable(a, channel, ts, name)
	if err != nil {
		return err
	}
	mineCount := 0
	i := -1
	for at, r := range m.Reactions {
		if r.Name == name {
			i = at
		}
		if slices.Contains(r.Users, a.User) {
			mineCount++
		}
	}
	switch {
	case i >= 0 && slices.Contains(m.Reactions[i].Users, a.User):
		return Fail("already_reacted")
	case i < 0 && len(m.Reactions) >= maxDistinct:
		return Fail("too_many_emoji")
	case mineCount >= maxPerUser:
		return Fail("too_many_reactions")
	case i < 0:
		m.Reactions = append(m.Reactions, Reaction{Name: name})
		i = len(m.Reactions) - 1
	}
	r := &m.Reactions[i]
	r.Users = append(r.Users, a.User)
	r.Count = len(r.Users)
	w.emitReaction("reaction_added", c, m, a, name)
	return nil
}

// Unreact takes the actor's reaction away.
func (w *Workspace) Unreact(a Actor, channel, ts, name string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, m, name, err := w.reactable(a, channel, ts, name)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(m.Reactions, func(r Reaction) bool { return r.Name == name && slices.Contains(r.Users, a.User) })
	if i < 0 {
		return Fail("no_reaction")
	}
	r := &m.Reactions[i]
	r.Users = slices.DeleteFunc(r.Users, func(u string) bool { return u == a.User })
	r.Count = len(r.Users)
	if r.Count == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
	w.emitReaction("reaction_removed", c, m, a, name)
	return nil
}

func (w *Workspace) reactable(a Actor, channel, ts, name string) (*conversation, *Message, string, error) {
	c, err := w.visible(a, channel)
	if err != nil {
		return nil, nil, "", err
	}
	name, err = w.reactionName(name)
	if err != nil {
		return nil, nil, "", err
	}
	m := c.message(ts)
	switch {
	case c.Archived:
		return nil, nil, "", Fail("is_archived")
	case m == nil || m.Subtype == "tombstone":
		return nil, nil, "", Fail("message_not_found")
	case !c.has(a.User):
		return nil, nil, "", Fail("not_in_channel")
	}
	return c, m, name, nil
}

func (w *Workspace) emitReaction(kind string, c *conversation, m *Message, a Actor, name string) {
	body := map[string]any{
		"user": a.User, "reaction": name, "event_ts": w.wallTS(),
		"item": map[string]any{"type": "message", "channel": c.ID, "ts": m.TS},
	}
	if m.User != "" {
		body["item_user"] = m.User
	}
	w.emit(Event{Type: kind, Channel: c.ID, Body: body})
}
