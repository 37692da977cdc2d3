package workspace

import (
	"slices"
	"strings"
)

// Actor is who does something: a person (User), or an app's bot (User, Bot and
// App), or a foreign bot (Bot alone).
type Actor struct {
	User string
	Bot  string
	App  string
}

// Person is the actor of a human user.
func Person(user string) Actor { return Actor{User: user} }

// Team returns the workspace's team.
func (w *Workspace) Team() Team {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.team
}

// FindUser returns a user by id, or by name or display name as tests and the
// page know them.
func (w *Workspace) FindUser(ref string) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.user(ref)
	if u == nil {
		return User{}, Fail("user_not_found")
	}
	return *u, nil
}

func (w *Workspace) user(ref string) *User {
	if u := w.users[ref]; u != nil {
		return u
	}
	ref = strings.TrimPrefix(ref, "@")
	for _, id := range w.userOrder {
		if u := w.users[id]; ref != "" && (u.Name == ref || u.Profile.DisplayName == ref) {
			return u
		}
	}
	return nil
}

// User returns a user by id alone.
func (w *Workspace) User(id string) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.users[id]; u != nil {
		return *u, nil
	}
	return User{}, Fail("user_not_found")
}

// Users returns every user in the order of joining.
func (w *Workspace) Users() []User {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]User, len(w.userOrder))
	for i, id := range w.userOrder {
		out[i] = *w.users[id]
	}
	return out
}

// Bot returns a bot by its bot id.
func (w *Workspace) Bot(id string) (Bot, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if b := w.bots[id]; b != nil {
		return *b, nil
	}
	return Bot{}, Fail("bot_not_found")
}

// Conversation returns a conversation by id, also one that few may see.
func (w *Workspace) Conversation(id string) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.channels[id]; c != nil {
		return c.copy(), nil
	}
	return Channel{}, Fail("channel_not_found")
}

// FindConversation returns a conversation by id or name (with or without #).
func (w *Workspace) FindConversation(ref string) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if c := w.find(ref); c != nil {
		return c.copy(), nil
	}
	return Channel{}, Fail("channel_not_found")
}

func (w *Workspace) find(ref string) *conversation {
	if c := w.channels[ref]; c != nil {
		return c
	}
	ref = strings.TrimPrefix(ref, "#")
	for _, id := range w.chanOrder {
		if c := w.channels[id]; c.Name == ref && ref != "" {
			return c
		}
	}
	return nil
}

// Conversations returns every conversation in the order of creation.
func (w *Workspace) Conversations() []Channel {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make([]Channel, len(w.chanOrder))
	for i, id := range w.chanOrder {
		out[i] = w.channels[id].copy()
	}
	return out
}

// copy returns the conversation's own data, sharing nothing.
func (c *conversation) copy() Channel {
	out := c.Channel
	out.Members = slices.Clone(c.Members)
	out.PreviousNames, out.Teams = slices.Clone(c.PreviousNames), slices.Clone(c.Teams)
	out.Open = nil
	return out
}

func (c *conversation) has(user string) bool { return slices.Contains(c.Members, user) }

// Visible says whether a user may know of the conversation: public ones
// everybody, others their members.
func (c *Channel) Visible(user string) bool {
	return c.Kind == Public || slices.Contains(c.Members, user)
}

// HasMember says whether a user is in the conversation.
func (c *Channel) HasMember(user string) bool { return slices.Contains(c.Members, user) }

// visible returns the conversation if the actor may know of it.
func (w *Workspace) visible(a Actor, id string) (*conversation, error) {
	c := w.channels[id]
	if c == nil || (!c.Visible(a.User) && a.User != "") {
		return nil, Fail("channel_not_found")
	}
	return c, nil
}

// joined returns the conversation if the actor is in it and it is not archived.
func (w *Workspace) joined(a Actor, id string) (*conversation, error) {
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return nil, err
	case c.Archived:
		return nil, Fail("is_archived")
	case a.User != "" && !c.has(a.User):
		return nil, Fail("not_in_channel")
	}
	return c, nil
}

func (c *conversation) message(ts string) *Message {
	i, found := slices.BinarySearchFunc(c.messages, ts, func(m *Message, ts string) int { return strings.Compare(m.TS, ts) })
	if !found {
		return nil
	}
	return c.messages[i]
}

// replies returns the thread's replies in order.
func (c *conversation) replies(root string) []*Message {
	var out []*Message
	for _, m := range c.messages {
		if m.ThreadTS == root && m.TS != root {
			out = append(out, m)
		}
	}
	return out
}
