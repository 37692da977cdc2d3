package workspace

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The limits of channels (Slack docs: conversations.create, setTopic).
const (
	maxName  = 80
	maxTopic = 250
)

var nameShape = regexp.MustCompile(`^[\p{Ll}\p{Lo}\p{Lm}\p{N}_-]+$`)

// checkName refuses what no channel may be called, with Slack's codes.
func checkName(name string) error {
	switch {
	case name == "":
		return Fail("invalid_name_required")
	case utf8.RuneCountInString(name) > maxName:
		return Fail("invalid_name_maxlength")
	case strings.Trim(name, "-_") == "":
		return Fail("invalid_name_punctuation")
	case !nameShape.MatchString(name):
		return Fail("invalid_name_specials")
	}
	return nil
}

// Create makes a channel; the actor is its first member.
func (w *Workspace) Create(a Actor, name string, private bool) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := checkName(name); err != nil {
		return Channel{}, err
	}
	if w.nameTaken(name) {
		return Channel{}, Fail("name_taken")
	}
	kind := Public
	if private {
		kind = Private
	}
	c := w.add(Channel{ID: w.id("C"), Kind: kind, Name: name, Creator: a.User, Members: []string{a.User}})
	if !private {
		w.emit(Event{Type: "channel_created", Channel: c.ID, everyone: true, Body: map[string]any{"channel": w.created(c), "event_ts": w.wallTS()}})
	}
	w.announceJoin(c, a.User, "")
	return c.copy(), nil
}

func (w *Workspace) nameTaken(name string) bool {
	for _, c := range w.channels {
		if c.Name == name && (c.Kind == Public || c.Kind == Private) {
			return true
		}
	}
	return false
}

// add puts a conversation into the workspace.
func (w *Workspace) add(ch Channel) *conversation {
	if ch.Created == 0 {
		ch.Created = w.now()
	}
	ch.Updated = w.clock.Wall().UnixMilli()
	if ch.Open == nil {
		ch.Open = map[string]bool{}
	}
	c := &conversation{Channel: ch, talk: &talk{}}
	w.channels[ch.ID] = c
	w.chanOrder = append(w.chanOrder, ch.ID)
	return c
}

// created is the channel object of channel_created.
func (w *Workspace) created(c *conversation) map[string]any {
	o := c.copy().Object(w.team.ID, "")
	o["context_team_id"] = w.team.ID
	delete(o, "is_member")
	return o
}

// Rename gives a channel a new name.
func (w *Workspace) Rename(a Actor, id, name string) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.named(a, id)
	if err != nil {
		return Channel{}, err
	}
	if err := checkName(name); err != nil {
		return Channel{}, err
	}
	switch {
	case c.Name == name:
		return c.copy(), nil
	case w.nameTaken(name):
		return Channel{}, Fail("name_taken")
	case a.App != "" && c.Creator != a.User:
		return Channel{}, Fail("not_authorized")
	}
	old := c.Name
	c.Name = name
	c.PreviousNames = append([]string{old}, c.PreviousNames...)
	w.touch(c)
	if !c.shared() { // the name is the workspace's own, and so is the news of it
		w.say(c, c.word("name"), a.User, fmt.Sprintf(`has renamed the channel from "%s" to "%s"`, old, name), func(m *Message) {
			m.OldName, m.Name = old, name
		})
	}
	channel := map[string]any{
		"id": c.ID, "is_channel": true, "is_mpim": false, "name": name, "name_normalized": name, "created": c.Created,
	}
	w.emitChannel(c, "rename", map[string]any{"channel": channel})
	return c.copy(), nil
}

func (w *Workspace) touch(c *conversation) { c.Updated = w.clock.Wall().UnixMilli() }

// word is a subtype or event name of the conversation's kind: channel_… or group_….
func (c *conversation) word(suffix string) string {
	if c.Kind == Public {
		return "channel_" + suffix
	}
	return "group_" + suffix
}

// emitChannel raises channel_<what>, or group_<what> for a private channel: the
// first to everybody with the scope, the second to members.
func (w *Workspace) emitChannel(c *conversation, what string, body map[string]any) {
	body["event_ts"] = w.wallTS()
	w.raise(Event{Type: c.word(what), Channel: c.ID, everyone: c.Kind == Public, Body: body})
}

// named returns a channel that can be renamed, archived and so on by the actor.
func (w *Workspace) named(a Actor, id string) (*conversation, error) {
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return nil, err
	case c.Kind == IM || c.Kind == MPIM:
		return nil, Fail("method_not_supported_for_channel_type")
	case c.Archived:
		return nil, Fail("is_archived")
	case !c.has(a.User):
		return nil, Fail("not_in_channel")
	}
	return c, nil
}

// SetTopic and SetPurpose change what stands over a conversation.
func (w *Workspace) SetTopic(a Actor, id, topic string) (Channel, error) {
	return w.describe(a, id, "topic", topic)
}

// SetPurpose changes a conversation's purpose.
func (w *Workspace) SetPurpose(a Actor, id, purpose string) (Channel, error) {
	return w.describe(a, id, "purpose", purpose)
}

func (w *Workspace) describe(a Actor, id, what, value string) (Channel, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.joined(a, id)
	switch {
	case err != nil:
		return Channel{}, err
	case utf8.RuneCountInString(value) > maxTopic:
		return Channel{}, Fail("too_long")
	case c.Kind == IM && what == "purpose":
		return Channel{}, Fail("method_not_supported_for_channel_type")
	}
	set := Topic{Value: value, Creator: a.User, LastSet: w.now()}
	w.touch(c)
	text := fmt.Sprintf("set the channel %s: %s", what, value)
	if value == "" {
		text = "cleared the channel " + what
	}
	for _, s := range w.sidesOf(c) {
		if what == "topic" {
			s.c.Topic = set
		} else {
			s.c.Purpose = set
		}
	}
	w.say(c, c.word(what), a.User, text, func(m *Message) {
		if what == "topic" {
			m.Topic = value
		} else {
			m.Purpose = value
		}
	})
	return c.copy(), nil
}

// RestrictPosting has only owners and administrators, and apps, post to a channel, or
// everyone again.
func (w *Workspace) RestrictPosting(a Actor, id string, restricted bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.joined(a, id)
	switch {
	case err != nil:
		return err
	case c.Kind == IM || c.Kind == MPIM:
		return Fail("method_not_supported_for_channel_type")
	}
	c.ReadOnly = restricted
	w.touch(c)
	w.say(c, "channel_posting_permissions", a.User, "changed who can post in this channel", nil)
	return nil
}

// Convert makes a channel private, or public again. Its id stays (Slack docs: "Convert a channel
// to private or public").
func (w *Workspace) Convert(a Actor, id string, private bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.named(a, id)
	switch {
	case err != nil:
		return err
	case c.General:
		return Fail("restricted_action")
	case c.shared():
		return errShared
	case private == (c.Kind == Private):
		return nil
	}
	subtype, text := "channel_convert_to_public", "made this channel public. Any member can see and join it."
	c.Kind = Public
	if private {
		subtype, text = "channel_convert_to_private", "made this channel private. Now, it can only be viewed or joined by invitation."
		c.Kind = Private
	}
	w.touch(c)
	w.say(c, subtype, a.User, text, nil)
	return nil
}

// Archive closes a channel for good, until it is unarchived. Bots hear of it and
// are put out (seen on slack.com: elastic/connectors#1972).
func (w *Workspace) Archive(a Actor, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.named(a, id)
	switch {
	case CodeOf(err) == "is_archived" && err != nil:
		return Fail("already_archived")
	case err != nil:
		return err
	case c.General:
		return Fail("cant_archive_general")
	case c.shared():
		return errShared
	}
	w.say(c, c.word("archive"), a.User, fmt.Sprintf("<@%s> archived the channel", a.User), nil)
	c.Archived = true
	w.touch(c)
	w.emitChannel(c, "archive", map[string]any{"channel": c.ID, "user": a.User, "is_moved": 0})
	c.setMembers(w.peopleOf(c.Members))
	return nil
}

// peopleOf returns the users that are no bots.
func (w *Workspace) peopleOf(users []string) []string {
	return slices.DeleteFunc(slices.Clone(users), func(id string) bool { return w.users[id] != nil && w.users[id].IsBot })
}

// Unarchive opens an archived channel again, with the person who does it as
// member. A bot cannot: it is no longer in the channel, and comes back by an
// invitation alone.
func (w *Workspace) Unarchive(a Actor, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return err
	case !c.Archived:
		return Fail("not_archived")
	case a.App != "":
		return Fail("not_in_channel")
	}
	c.Archived = false
	w.touch(c)
	if !c.has(a.User) {
		c.setMembers(append(c.Members, a.User))
	}
	w.say(c, c.word("unarchive"), a.User, fmt.Sprintf("<@%s> un-archived the channel", a.User), nil)
	key := "user"
	if c.Kind == Private {
		key = "actor_id"
	}
	w.emitChannel(c, "unarchive", map[string]any{"channel": c.ID, key: a.User})
	return nil
}

// DeleteChannel removes a channel with all that was said in it.
func (w *Workspace) DeleteChannel(a Actor, id string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return err
	case c.General:
		return Fail("cant_delete_general")
	case c.shared():
		return errShared
	case c.Kind == IM || c.Kind == MPIM:
		return Fail("method_not_supported_for_channel_type")
	}
	w.emitChannel(c, "deleted", map[string]any{"channel": c.ID, "actor_id": a.User})
	delete(w.channels, id)
	w.chanOrder = slices.DeleteFunc(w.chanOrder, func(other string) bool { return other == id })
	return nil
}
