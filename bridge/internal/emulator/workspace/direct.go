package workspace

import (
	"slices"
	"strings"
)

// maxDirect is how many others a group DM can have.
const maxDirect = 8

// OpenDirect opens the direct conversation of the actor with others, making it
// first if needed. It says whether it was there and whether it was open.
func (w *Workspace) OpenDirect(a Actor, users []string) (ch Channel, existed, wasOpen bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	others, err := w.others(a, users)
	if err != nil {
		return Channel{}, false, false, err
	}
	members := append([]string{a.User}, others...)
	c := w.directOf(members)
	existed = c != nil
	if c == nil {
		c = w.addDirect("", a.User, members)
		w.announceDirect(c, a)
	}
	wasOpen = c.Open[a.User]
	c.Open[a.User] = true
	if existed && !wasOpen {
		w.emitOpen(c, a.User, "open")
	}
	return c.copy(), existed, wasOpen, nil
}

func (w *Workspace) others(a Actor, users []string) ([]string, error) {
	var others []string
	for _, id := range users {
		u := w.users[id]
		switch {
		case u == nil:
			return nil, Fail("user_not_found")
		case u.Deleted:
			return nil, Fail("user_disabled")
		case id != a.User && !slices.Contains(others, id):
			others = append(others, id)
		}
	}
	switch {
	case len(others) == 0:
		return nil, Fail("not_enough_users")
	case len(others) > maxDirect:
		return nil, Fail("too_many_users")
	}
	return others, nil
}

// directOf finds the direct conversation of exactly these members.
func (w *Workspace) directOf(members []string) *conversation {
	want := slices.Sorted(slices.Values(members))
	for _, id := range w.chanOrder {
		c := w.channels[id]
		if (c.Kind == IM || c.Kind == MPIM) && slices.Equal(slices.Sorted(slices.Values(c.Members)), want) {
			return c
		}
	}
	return nil
}

// addDirect makes a DM of two or a group DM of more; an empty id is made up.
func (w *Workspace) addDirect(id, creator string, members []string) *conversation {
	if len(members) == 2 {
		if id == "" {
			id = w.id("D")
		}
		return w.add(Channel{ID: id, Kind: IM, Creator: creator, Members: members})
	}
	if id == "" {
		id = w.id("C")
	}
	var names []string
	for _, id := range members {
		names = append(names, w.users[id].Name)
	}
	name := "mpdm-" + strings.Join(names, "--") + "-1"
	c := w.add(Channel{ID: id, Kind: MPIM, Name: name, Creator: creator, Members: members})
	c.Purpose = Topic{Value: "Group messaging with: @" + strings.Join(names, " @"), Creator: creator, LastSet: w.now()}
	return c
}

// announceDirect raises what is heard of a new direct conversation by its
// members' apps.
func (w *Workspace) announceDirect(c *conversation, a Actor) {
	if c.Kind == IM {
		person := w.personOf(c)
		w.emit(Event{Type: "im_created", Channel: c.ID, Body: map[string]any{
			"user": person, "channel": c.copy().Object(w.team.ID, person), "event_ts": w.wallTS(),
		}})
	}
	for _, user := range c.Members {
		c.Open[user] = true
		w.emitOpen(c, user, "open")
	}
	c.Open[a.User] = false
	if c.Kind == MPIM {
		for _, user := range c.Members {
			w.announceJoin(c, user, a.User)
		}
	}
}

// personOf is the side of a DM that its bot sees: the member that is no bot.
func (w *Workspace) personOf(c *conversation) string {
	for _, m := range c.Members {
		if !w.users[m].IsBot {
			return m
		}
	}
	return c.Members[0]
}

// emitOpen raises im_open, im_close, group_open or group_close for one user.
func (w *Workspace) emitOpen(c *conversation, user, what string) {
	prefix := "im_"
	if c.Kind != IM {
		prefix = "group_"
	}
	w.emit(Event{
		Type: prefix + what, Channel: c.ID, also: []string{user},
		Body: map[string]any{"user": user, "channel": c.ID, "event_ts": w.wallTS()},
	})
}

// CloseDirect takes a direct conversation out of the actor's list; already says
// that it was not in it.
func (w *Workspace) CloseDirect(a Actor, id string) (already bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return false, err
	case c.Kind != IM && c.Kind != MPIM:
		return false, Fail("method_not_supported_for_channel_type")
	case !c.Open[a.User]:
		return true, nil
	}
	c.Open[a.User] = false
	w.emitOpen(c, a.User, "close")
	return false, nil
}

// IsOpen says whether a direct conversation is in a user's list.
func (w *Workspace) IsOpen(id, user string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.channels[id]
	return c != nil && c.Open[user]
}

// OpenHome raises app_home_opened: a person looks at an app's home or messages
// tab. A person who looks at the messages has a DM with the bot.
func (w *Workspace) OpenHome(a Actor, appID, tab string) error {
	w.mu.Lock()
	app := w.apps[appID]
	w.mu.Unlock()
	if app == nil {
		return Fail("app_not_found")
	}
	ch, _, _, err := w.OpenDirect(a, []string{app.BotUser})
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.emit(Event{Type: "app_home_opened", only: []string{app.BotUser}, Body: map[string]any{
		"user": a.User, "channel": ch.ID, "tab": tab, "event_ts": w.wallTS(),
	}})
	return nil
}
