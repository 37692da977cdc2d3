package workspace

import (
	"maps"
	"slices"
)

// A channel that workspaces share (Slack Connect) has one id and one history. Its name, and
// whether it is private, are each workspace's own; its members are the people of all of them
// (Slack docs: Understanding Slack Connect).

// side is a shared channel as one of its workspaces has it.
type side struct {
	ws *Workspace
	c  *conversation
}

// errShared refuses what is not known of shared channels.
var errShared = Fail("restricted_action", "the channel is shared with another workspace")

func (c *conversation) shared() bool { return len(c.sides) > 0 }

// sidesOf are a conversation's sides; one that is not shared has its workspace's.
func (w *Workspace) sidesOf(c *conversation) []side {
	if c.shared() {
		return c.sides
	}
	return []side{{w, c}}
}

// setMembers says who is in a conversation, in every workspace that shares it.
func (c *conversation) setMembers(members []string) {
	c.Members = members
	for _, s := range c.sides {
		s.c.Members = slices.Clone(members)
	}
}

// without returns a list without one entry.
func without(list []string, entry string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(other string) bool { return other == entry })
}

// Invitation brings a channel into another workspace.
type Invitation struct {
	// Team is the other workspace.
	Team string
	// Name is what the channel is called there, as here if it is empty, and Private what it
	// is there.
	Name    string
	Private bool
	// Members are its people who come in at once.
	Members []string
	// Quiet raises no event: for the seed.
	Quiet bool
}

// Share shares a channel with another workspace and raises channel_shared in all that share
// it (Slack docs: channel_shared). Its host is the workspace that shared it first.
func (w *Workspace) Share(a Actor, id string, n Invitation) (Channel, error) {
	other, err := w.Neighbour(n.Team)
	if err != nil {
		return Channel{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.named(a, id)
	if err != nil {
		return Channel{}, err
	}
	if n.Name == "" {
		n.Name = c.Name
	}
	switch {
	case c.General:
		return Channel{}, Fail("cant_share_general")
	case other.channels[id] != nil:
		return Channel{}, Fail("already_shared")
	case other.nameTaken(n.Name):
		return Channel{}, Fail("name_taken", n.Name)
	case slices.ContainsFunc(n.Members, func(user string) bool { return other.users[user] == nil }):
		return Channel{}, Fail("user_not_found", n.Members...)
	}
	if !c.shared() {
		c.sides = []side{{w, c}}
	}
	host := c.sides[0].ws
	added := other.addSide(c, n)
	if n.Quiet {
		c.setMembers(append(c.Members, n.Members...))
		return c.copy(), nil
	}
	for _, s := range c.sides {
		connected := other.team.ID
		if s.ws == other {
			connected = host.team.ID
		}
		s.ws.raiseSharing(s.c, Event{Type: "channel_shared", Channel: id, Body: map[string]any{"connected_team_id": connected, "channel": id}})
	}
	for _, user := range n.Members {
		c.setMembers(append(c.Members, user))
		other.announceJoin(added, user, "")
	}
	return c.copy(), nil
}

// addSide gives the workspace its side of a channel.
func (w *Workspace) addSide(c *conversation, n Invitation) *conversation {
	ch := c.copy()
	ch.Name, ch.Kind, ch.PreviousNames, ch.ReadOnly, ch.Open = n.Name, Public, nil, false, map[string]bool{}
	if n.Private {
		ch.Kind = Private
	}
	added := &conversation{Channel: ch, talk: c.talk}
	w.channels[ch.ID] = added
	w.chanOrder = append(w.chanOrder, ch.ID)
	for _, s := range c.sides {
		w.met[s.ws], s.ws.met[w] = true, true
	}
	setSides(append(c.sides, side{w, added}))
	return added
}

// setSides says which workspaces share a channel.
func setSides(sides []side) {
	teams := make([]string, len(sides))
	for i, s := range sides {
		teams[i] = s.ws.team.ID
	}
	if len(sides) < 2 {
		teams = nil
	}
	for _, s := range sides {
		s.c.sides, s.c.Teams = slices.Clone(sides), slices.Clone(teams)
		if teams == nil {
			s.c.sides = nil
		}
		s.ws.touch(s.c)
	}
}

// raiseSharing raises channel_shared or channel_unshared: to the apps that may see channels
// of the kind, whether they are in it or not (Slack docs: channel_shared).
func (w *Workspace) raiseSharing(c *conversation, e Event) {
	e.everyone, e.scopes = true, []string{readScopes[c.Kind]}
	e.Body["event_ts"] = w.wallTS()
	w.raise(e)
}

// Unshare takes a workspace that is not its host out of a shared channel. Each keeps what was
// said so far; the one that goes has it in a channel of a new id and is not told that id,
// since channel_id_changed is of channels that begin to be shared (Slack docs: Understanding
// Slack Connect, channel_unshared, channel_id_changed).
func (w *Workspace) Unshare(a Actor, id, team string) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.named(a, id)
	if err != nil {
		return Channel{}, err
	}
	at := slices.IndexFunc(c.sides, func(s side) bool { return s.ws.team.ID == team })
	switch {
	case at < 0:
		return Channel{}, Fail("not_shared", team)
	case at == 0:
		return Channel{}, Fail("is_host", team)
	}
	host, gone := c.sides[0].ws, c.sides[at]
	stay := slices.Delete(slices.Clone(c.sides), at, at+1)
	theirs := func(user string) bool { return gone.ws.users[user] != nil }
	members := slices.Clone(c.Members)
	gone.ws.keepCopy(gone.c)
	gone.c.Members = slices.DeleteFunc(slices.Clone(members), func(user string) bool { return !theirs(user) })
	for _, s := range stay {
		s.c.Members = slices.DeleteFunc(slices.Clone(members), theirs)
	}
	setSides(stay)
	setSides([]side{gone})
	for _, s := range stay {
		s.ws.raiseSharing(s.c, Event{Type: "channel_unshared", Channel: id, Body: map[string]any{
			"previously_connected_team_id": team, "channel": id, "is_ext_shared": len(stay) > 1,
		}})
	}
	gone.ws.raiseSharing(gone.c, Event{Type: "channel_unshared", Channel: id, Body: map[string]any{
		"previously_connected_team_id": host.team.ID, "channel": id, "is_ext_shared": false,
	}})
	return w.channels[c.ID].copy(), nil
}

// keepCopy gives a workspace's side of a channel an id and a history of its own.
func (w *Workspace) keepCopy(c *conversation) {
	old, next := c.ID, w.id("C")
	own := &talk{lastTS: c.lastTS, pins: slices.Clone(c.pins), bookmarks: slices.Clone(c.bookmarks)}
	for _, m := range c.messages {
		m = m.clone()
		for i := range m.PinnedTo {
			m.PinnedTo[i] = next
		}
		own.messages = append(own.messages, m)
	}
	c.ID, c.talk = next, own
	delete(w.channels, old)
	w.channels[next] = c
	for i := range w.chanOrder {
		if w.chanOrder[i] == old {
			w.chanOrder[i] = next
		}
	}
	for _, f := range w.files {
		for _, s := range slices.Clone(f.shares) {
			if s.channel == old {
				f.shares = append(f.shares, share{next, s.ts})
			}
		}
	}
}

// onSide is an event as the apps of one side hear it, where the channel may be of another
// kind.
func (e Event) onSide(c *conversation) Event {
	e.Body = maps.Clone(e.Body)
	switch e.Type {
	case "message":
		e.subscription = messageEvents[c.Kind]
		e.Body["channel_type"] = c.Kind.ChannelType()
	case "member_joined_channel", "member_left_channel":
		e.Body["channel_type"] = c.letter()
	case "channel_left", "group_left":
		e.Type = c.word("left")
	}
	return e
}

// sign adds to a message in a shared channel of which workspace its author is, and what they
// look like (slack-go/slack#695).
func (w *Workspace) sign(m *Message) {
	u := w.users[m.User]
	if u == nil {
		return
	}
	m.UserTeam, m.SourceTeam = w.team.ID, w.team.ID
	m.UserProfile = map[string]any{
		"avatar_hash": u.Profile.AvatarHash, "image_72": u.Profile.Image72, "first_name": u.Profile.FirstName, "real_name": u.RealName,
		"display_name": u.Profile.DisplayName, "team": w.team.ID, "name": u.Name, "is_restricted": u.IsRestricted,
		"is_ultra_restricted": u.IsUltraRestricted,
	}
}

// isElsewhere says whether a message was written in another workspace.
func (w *Workspace) isElsewhere(m *Message) bool { return m.Team != "" && m.Team != w.team.ID }

// thinned are the files of a message as events tell them: of those that were uploaded to a
// shared channel only that files.info has the rest, whoever uploaded them (Slack docs:
// Understanding Slack Connect, check_file_info).
func (w *Workspace) thinned(files []any) []any {
	out := slices.Clone(files)
	for i, file := range files {
		object, _ := file.(map[string]any)
		id, _ := object["id"].(string)
		if f := w.files[id]; f != nil && f.Thin && !f.deleted {
			out[i] = map[string]any{
				"id": id, "mode": "file_access", "file_access": "check_file_info", "created": 0, "timestamp": 0, "user": "",
			}
		}
	}
	return out
}

// Seen returns a user as the actor sees them: people of another workspace too, with whom it
// shares a channel or did. One who is in no channel that the actor knows of is a stranger.
// Their profiles have no locale (Slack docs: Understanding Slack Connect, External members).
func (w *Workspace) Seen(a Actor, id string) (User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if u := w.users[id]; u != nil {
		return *u, nil
	}
	for other := range w.met {
		if u := other.users[id]; u != nil {
			seen := *u
			seen.Locale, seen.IsStranger = "", !w.meets(a, id)
			return seen, nil
		}
	}
	return User{}, Fail("user_not_found")
}

// meets says whether a user is in a channel that the actor knows of.
func (w *Workspace) meets(a Actor, user string) bool {
	for _, c := range w.channels {
		if c.Visible(a.User) && c.has(user) {
			return true
		}
	}
	return false
}
