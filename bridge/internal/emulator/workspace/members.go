package workspace

import (
	"fmt"
)

// Join makes the actor a member of a public channel. already says that it was one.
func (w *Workspace) Join(a Actor, id string) (ch Channel, already bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return Channel{}, false, err
	case c.Kind != Public:
		return Channel{}, false, Fail("method_not_supported_for_channel_type")
	case c.Archived:
		return Channel{}, false, Fail("is_archived")
	case c.has(a.User):
		return c.copy(), true, nil
	}
	c.setMembers(append(c.Members, a.User))
	w.announceJoin(c, a.User, "")
	return c.copy(), false, nil
}

// announceJoin raises what Slack raises when a person came in: the message and
// the event.
func (w *Workspace) announceJoin(c *conversation, user, inviter string) {
	if c.Kind == Public || c.Kind == Private {
		w.say(c, c.word("join"), user, fmt.Sprintf("<@%s> has joined the channel", user), func(m *Message) { m.Inviter = inviter })
	}
	body := map[string]any{"user": user, "channel": c.ID, "channel_type": c.letter(), "team": w.team.ID, "event_ts": w.wallTS()}
	if inviter != "" {
		body["inviter"] = inviter
	}
	w.emit(Event{Type: "member_joined_channel", Channel: c.ID, Body: body})
}

// letter is the channel_type of membership events.
func (c *conversation) letter() string {
	if c.Kind == Public {
		return "C"
	}
	return "G"
}

// Leave takes the actor out of a channel. absent says that it was not there.
func (w *Workspace) Leave(a Actor, id string) (absent bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.visible(a, id)
	switch {
	case err != nil:
		return false, err
	case c.Kind == IM:
		return false, Fail("method_not_supported_for_channel_type")
	case c.Archived:
		return false, Fail("is_archived")
	case c.General:
		return false, Fail("cant_leave_general")
	case !c.has(a.User):
		return true, nil
	case c.Kind == Private && len(c.Members) == 1:
		return false, Fail("last_member")
	}
	w.takeOut(c, a.User, a.User)
	return false, nil
}

// takeOut removes a member and raises what Slack raises: those who stay hear
// member_left_channel, the one who went channel_left or group_left and nothing
// more (seen on slack.com: openma-ai/open-managed-agents#24).
func (w *Workspace) takeOut(c *conversation, user, by string) {
	c.setMembers(without(c.Members, user))
	if c.Kind != MPIM {
		text := fmt.Sprintf("<@%s> has left the channel", user)
		if by != user {
			text = fmt.Sprintf("<@%s> was removed from the channel by <@%s>", user, by)
		}
		w.say(c, c.word("leave"), user, text, nil)
	}
	body := map[string]any{"user": user, "channel": c.ID, "channel_type": c.letter(), "team": w.team.ID, "event_ts": w.wallTS()}
	w.emit(Event{Type: "member_left_channel", Channel: c.ID, Body: body})
	w.emit(Event{
		Type: c.word("left"), Channel: c.ID, only: []string{user},
		Body: map[string]any{"channel": c.ID, "actor_id": by, "event_ts": w.wallTS()},
	})
}

// InviteResult is what became of one invited user: Code is "" when they are in.
type InviteResult struct {
	User string `json:"user"`
	Code string `json:"error"`
}

// Invite brings users into a channel. With force, valid users come in though
// others are refused; without, one refusal refuses all.
func (w *Workspace) Invite(a Actor, id string, users []string, force bool) (Channel, []InviteResult, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.joined(a, id)
	switch {
	case err != nil:
		return Channel{}, nil, err
	case c.Kind == IM || c.Kind == MPIM:
		return Channel{}, nil, Fail("method_not_supported_for_channel_type")
	case len(users) == 0:
		return Channel{}, nil, Fail("no_user")
	}
	var refused []InviteResult
	var welcome []string
	for _, user := range users {
		if code := w.invitable(a, c, user); code != "" {
			refused = append(refused, InviteResult{user, code})
			continue
		}
		welcome = append(welcome, user)
	}
	if len(refused) > 0 && (!force || len(welcome) == 0) {
		return Channel{}, refused, Fail(refused[0].Code)
	}
	for _, user := range welcome {
		c.setMembers(append(c.Members, user))
		w.announceJoin(c, user, a.User)
	}
	return c.copy(), refused, nil
}

func (w *Workspace) invitable(a Actor, c *conversation, user string) string {
	u := w.users[user]
	switch {
	case u == nil || u.Deleted:
		return "user_not_found"
	case user == a.User:
		return "cant_invite_self"
	case c.has(user):
		return "already_in_channel"
	}
	return ""
}

// Kick takes another person out of a channel.
func (w *Workspace) Kick(a Actor, id, user string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, err := w.named(a, id)
	switch {
	case err != nil:
		return err
	case user == a.User:
		return Fail("cant_kick_self")
	case c.General:
		return Fail("cant_kick_from_general")
	case w.users[user] == nil:
		return Fail("user_not_found")
	case !c.has(user):
		return Fail("not_in_channel")
	}
	w.takeOut(c, user, a.User)
	return nil
}
