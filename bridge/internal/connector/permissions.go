package connector

import (
	"context"
	"fmt"
	"strings"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// maxTold bounds how many people in rooms are known to have been told something: anyone may come
// into a public room. Of more, those who wrote least lately are told again.
const maxTold = 10_000

// toldOnce are the people who were told something in a room, until the bridge restarts.
type toldOnce struct{ told *lru[struct{}] }

type inRoom struct {
	room id.RoomID
	user id.UserID
}

// key ends with the person: a room's id has no space.
func (who inRoom) key() string { return who.room.String() + " " + who.user.String() }

func newToldOnce() *toldOnce { return &toldOnce{told: newLRU[struct{}](maxTold)} }

// wasTold says whether a person was told so in a room.
func (s *toldOnce) wasTold(who inRoom) bool {
	_, told := s.told.get(who.key())
	return told
}

func (s *toldOnce) note(who inRoom) { s.told.put(who.key(), struct{}{}) }

// forget has a person told again in every room.
func (s *toldOnce) forget(person id.UserID) {
	s.told.dropIf(func(key string) bool {
		_, user, _ := strings.Cut(key, " ")
		return user == person.String()
	})
}

// tellOnce tells the sender of an event in its room why that is not in Slack, unless they
// were told before. It does not answer notices, such as those of other bridges.
func (c *Connector) tellOnce(ctx context.Context, evt *event.Event, told *toldOnce, text string) error {
	content, _ := evt.Content.Parsed.(*event.MessageEventContent)
	who := inRoom{evt.RoomID, evt.Sender}
	if content != nil && content.MsgType == event.MsgNotice || told.wasTold(who) {
		return nil
	}
	if err := c.notice(ctx, evt.RoomID, text); err != nil {
		return err
	}
	told.note(who)
	return nil
}

// tellNotPermitted tells a person who may not write to Slack that their messages do not
// get there, since the framework drops them silently.
func (c *Connector) tellNotPermitted(ctx context.Context, evt *event.Event) error {
	switch evt.Type {
	case event.EventMessage, event.EventSticker, event.EventEncrypted:
	default:
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, evt.RoomID)
	if err != nil || portal == nil {
		return wrapped(err, "load the portal of %s", evt.RoomID)
	}
	return c.tellOnce(ctx, evt, c.notPermitted, fmt.Sprintf(
		"What %s says here is not in Slack: bridge.permissions in the bridge's configuration does not name them.", evt.Sender))
}

// tellNoCommands tells a person that commands are not for them, since the framework drops them
// silently. They are not posted either: what they hold is meant for the bot.
func (c *Connector) tellNoCommands(ctx context.Context, evt *event.Event) error {
	return c.tellOnce(ctx, evt, c.noCommands, fmt.Sprintf(
		"The bridge's commands are not for %s: bridge.permissions in its configuration lets them write only. %[2]s %[3]s and %[2]s %[4]s are for everyone.",
		evt.Sender, c.bridge.Config.CommandPrefix, optOutName, eraseSelf))
}
