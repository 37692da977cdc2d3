package testbed

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/timeline"
)

// Message is a message as a Matrix person reads it.
type Message = timeline.Message

// Reaction is a reaction as a person reads it.
type Reaction = timeline.Reaction

// AwaitText waits for a new message (no edit) with exactly this text.
func (p *Person) AwaitText(room id.RoomID, text string) Message {
	p.bed.t.Helper()
	return p.AwaitMessage(room, fmt.Sprintf("the message %.80q", text), func(m Message) bool { return m.Body == text })
}

// AwaitMessage waits for a new message (no edit) for which matches returns true;
// what describes it in the message of a failed test.
func (p *Person) AwaitMessage(room id.RoomID, what string, matches func(Message) bool) Message {
	p.bed.t.Helper()
	return p.awaitMessage(room, what, func(m Message) bool { return m.Edits == "" && matches(m) })
}

// AwaitAnswer is AwaitMessage for what comes after an event of the same room.
func (p *Person) AwaitAnswer(room id.RoomID, after id.EventID, what string, matches func(Message) bool) Message {
	p.bed.t.Helper()
	var found Message
	p.awaitRoom(room, what, func(r *timeline.Room) bool {
		messages := r.Messages()
		from := slices.IndexFunc(messages, func(m Message) bool { return m.ID == after })
		if from < 0 {
			return false
		}
		messages = messages[from+1:]
		i := slices.IndexFunc(messages, func(m Message) bool { return m.Edits == "" && matches(m) })
		if i < 0 {
			return false
		}
		found = messages[i]
		return true
	})
	return found
}

// AwaitEdit waits until a message is edited to this text.
func (p *Person) AwaitEdit(room id.RoomID, of id.EventID, text string) Message {
	p.bed.t.Helper()
	return p.awaitMessage(room, fmt.Sprintf("the edit of %s to %.80q", of, text), func(m Message) bool {
		return m.Edits == of && m.Body == text
	})
}

// AwaitRedacted waits until an event is redacted: a message deleted, a reaction
// taken back.
func (p *Person) AwaitRedacted(room id.RoomID, of id.EventID) {
	p.bed.t.Helper()
	p.awaitRoom(room, fmt.Sprintf("the redaction of %s", of), func(r *timeline.Room) bool { return r.Redacted[of] })
}

// AwaitReaction waits for a reaction that is not redacted and returns it.
func (p *Person) AwaitReaction(room id.RoomID, of id.EventID, key string) timeline.Reaction {
	p.bed.t.Helper()
	var found timeline.Reaction
	p.awaitRoom(room, fmt.Sprintf("the reaction %s to %s", key, of), func(r *timeline.Room) bool {
		for _, reaction := range r.Reactions() {
			if reaction.Of == of && plainEmoji(reaction.Key) == plainEmoji(key) && !reaction.Redacted {
				found = reaction
				return true
			}
		}
		return false
	})
	return found
}

// plainEmoji removes the selector of the coloured form, which some clients send and
// some do not (Unicode, "Emoji presentation selector").
func plainEmoji(key string) string { return strings.ReplaceAll(key, "\uFE0F", "") }

// AwaitMember waits until a user has joined a room, and returns their profile
// in it.
func (p *Person) AwaitMember(room id.RoomID, user id.UserID) event.MemberEventContent {
	p.bed.t.Helper()
	var profile event.MemberEventContent
	p.awaitRoom(room, fmt.Sprintf("%s to join", user), func(r *timeline.Room) bool {
		member := r.Member(user)
		if member == nil || member.Membership != event.MembershipJoin {
			return false
		}
		profile = *member
		return true
	})
	return profile
}

// AwaitName waits until a room that the person is in has this name.
func (p *Person) AwaitName(room id.RoomID, name string) {
	p.bed.t.Helper()
	p.awaitRoom(room, fmt.Sprintf("the name %q", name), func(r *timeline.Room) bool { return r.Name() == name })
}

// AwaitTopic waits until a room that the person is in has this topic.
func (p *Person) AwaitTopic(room id.RoomID, topic string) {
	p.bed.t.Helper()
	p.awaitRoom(room, fmt.Sprintf("the topic %q", topic), func(r *timeline.Room) bool { return r.Topic() == topic })
}

// AwaitPinned waits until exactly these events are pinned in a room that the person is in.
func (p *Person) AwaitPinned(room id.RoomID, pinned ...id.EventID) {
	p.bed.t.Helper()
	p.awaitRoom(room, fmt.Sprintf("the pins %v", pinned), func(r *timeline.Room) bool { return slices.Equal(r.Pinned(), pinned) })
}

// AwaitInvite waits for an invitation to a room of this name, and returns it.
func (p *Person) AwaitInvite(name string) id.RoomID {
	p.bed.t.Helper()
	return p.awaitNamed(fmt.Sprintf("an invitation to %q", name), name, event.MembershipInvite)
}

// AwaitRoom waits until the person is invited to a room of this name or in it
// already, joins it and returns it.
func (p *Person) AwaitRoom(name string) id.RoomID {
	p.bed.t.Helper()
	room := p.awaitNamed(fmt.Sprintf("a room named %q", name), name, event.MembershipInvite, event.MembershipJoin)
	return p.MustJoin(room.String())
}

// AwaitChat waits until the bridge's bot has invited the person to a direct chat,
// its management room, joins it and returns it.
func (p *Person) AwaitChat() id.RoomID {
	p.bed.t.Helper()
	var found id.RoomID
	p.await("the bot's direct chat", func(rooms map[id.RoomID]*timeline.Room) bool {
		for _, room := range timeline.Sorted(rooms) {
			own := room.State[event.StateMember][p.UserID.String()]
			if own != nil && own.Sender == BotID && own.Content.AsMember().IsDirect {
				found = room.ID
				return true
			}
		}
		return false
	})
	return p.MustJoin(found.String())
}

// AwaitChild waits until a space that the person is in lists a room of this
// name, and returns that; the person need not be in it.
func (p *Person) AwaitChild(space id.RoomID, name string) id.RoomID {
	p.bed.t.Helper()
	return p.AwaitChildren(space, name)[name]
}

// hierarchyInterval stays below the five requests a second that Synapse allows each
// user, whatever its configuration says.
const hierarchyInterval = 400 * time.Millisecond

// AwaitChildren waits until a space that the person is in lists rooms of all
// these names, and returns what it lists, by name.
func (p *Person) AwaitChildren(space id.RoomID, names ...string) map[string]id.RoomID {
	p.bed.t.Helper()
	ctx, cancel := p.bed.patience()
	defer cancel()
	var listed map[string]id.RoomID
	err := await.Every(ctx, hierarchyInterval, "the rooms of the space "+space.String(), func(ctx context.Context) (bool, error) {
		rooms, err := p.children(ctx, space)
		if errors.Is(err, mautrix.MLimitExceeded) || ctx.Err() != nil {
			return false, nil
		}
		listed = rooms
		return !slices.ContainsFunc(names, func(name string) bool { return listed[name] == "" }), err
	})
	if err != nil {
		p.bed.t.Fatalf("%v: wanted %q, listed is %v", err, names, listed)
	}
	return listed
}

// Children returns the rooms that a space lists for the person, by name.
func (p *Person) Children(space id.RoomID) map[string]id.RoomID {
	p.bed.t.Helper()
	listed, err := p.children(p.bed.ctx, space)
	p.bed.must(err)
	return listed
}

func (p *Person) children(ctx context.Context, space id.RoomID) (map[string]id.RoomID, error) {
	rooms := map[string]id.RoomID{}
	for from := ""; ; {
		page, err := p.Client.Hierarchy(ctx, space, &mautrix.ReqHierarchy{Limit: 50, From: from})
		if err != nil {
			return nil, err
		}
		for _, room := range page.Rooms {
			if room.RoomID != space {
				rooms[room.Name] = room.RoomID
			}
		}
		if from = page.NextBatch; from == "" {
			return rooms, nil
		}
	}
}

// Messages returns what was written in a room so far, edits included.
func (p *Person) Messages(room id.RoomID) []Message {
	var messages []Message
	p.timeline.Read(func(rooms map[id.RoomID]*timeline.Room) {
		if r := rooms[room]; r != nil {
			messages = r.Messages()
		}
	})
	return messages
}

// IsRedacted says whether an event was redacted so far.
func (p *Person) IsRedacted(room id.RoomID, event id.EventID) (redacted bool) {
	p.timeline.Read(func(rooms map[id.RoomID]*timeline.Room) {
		redacted = rooms[room] != nil && rooms[room].Redacted[event]
	})
	return redacted
}

func (p *Person) awaitMessage(room id.RoomID, what string, matches func(Message) bool) Message {
	p.bed.t.Helper()
	var found Message
	p.awaitRoom(room, what, func(r *timeline.Room) bool {
		for _, message := range r.Messages() {
			if matches(message) {
				found = message
				return true
			}
		}
		return false
	})
	return found
}

func (p *Person) awaitNamed(what, name string, memberships ...event.Membership) id.RoomID {
	p.bed.t.Helper()
	var found id.RoomID
	p.await(what, func(rooms map[id.RoomID]*timeline.Room) bool {
		for _, room := range timeline.Sorted(rooms) {
			for _, membership := range memberships {
				if room.Name() == name && room.Membership == membership {
					found = room.ID
					return true
				}
			}
		}
		return false
	})
	return found
}

func (p *Person) awaitRoom(room id.RoomID, what string, matches func(*timeline.Room) bool) {
	p.bed.t.Helper()
	p.await(fmt.Sprintf("%s in %s", what, room), func(rooms map[id.RoomID]*timeline.Room) bool {
		return rooms[room] != nil && matches(rooms[room])
	})
}

func (p *Person) await(what string, condition func(map[id.RoomID]*timeline.Room) bool) {
	p.bed.t.Helper()
	ctx, cancel := p.bed.patience()
	defer cancel()
	if err := p.timeline.Await(ctx, what, condition); err != nil {
		p.bed.t.Fatalf("%s: %v\nwhat %s sees:\n%s", p.UserID, err, p.UserID, p.view())
	}
}

// view shows all rooms of the person for the message of a failed test.
func (p *Person) view() string {
	text := ""
	p.timeline.Read(func(rooms map[id.RoomID]*timeline.Room) {
		for _, room := range timeline.Sorted(rooms) {
			text += room.String()
		}
	})
	return text
}

// MustReadBack reads a room back to its beginning.
func (p *Person) MustReadBack(room id.RoomID) *timeline.Room {
	p.bed.t.Helper()
	read, err := timeline.ReadBack(p.bed.ctx, p.Client, room)
	p.bed.must(err)
	return read
}
