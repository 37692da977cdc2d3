package alerts

import (
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// remembered is the bot's account data that names the room, and the state by which the room is
// known again if that was not written.
const remembered = "ops-jrz1.alerts"

var stateRoom = event.Type{Type: remembered, Class: event.StateEventType}

type remembering struct {
	Room id.RoomID `json:"room_id"`
	User id.UserID `json:"user_id"`
}

// Room is where alerts are said: one that the bot has made, and to which it has invited a
// person. The bot's account remembers it, and the room's own state says what it is for.
type Room struct {
	// Client is the homeserver, as the bot.
	Client *mautrix.Client
	// User is the person.
	User id.UserID
}

// Post says a message in the room. It makes the room first if there is none, and another if
// the bot may not speak there any more.
func (r Room) Post(ctx context.Context, m Message) error {
	var known remembering
	err := r.Client.GetAccountData(ctx, remembered, &known)
	if err != nil && !errors.Is(err, mautrix.MNotFound) {
		return fmt.Errorf("ask for the room of alerts: %w", err)
	}
	if known.User != r.User {
		known.Room = ""
	}
	if known.Room != "" {
		if err := r.sayTo(ctx, known.Room, m); !errors.Is(err, mautrix.MForbidden) {
			return err
		}
	}
	room, err := r.find(ctx, known.Room)
	if err != nil {
		return err
	}
	if room != "" {
		err := r.sayTo(ctx, room, m)
		if err == nil {
			return r.remember(ctx, room)
		}
		if !errors.Is(err, mautrix.MForbidden) {
			return err
		}
	}
	if room, err = r.open(ctx); err != nil {
		return err
	}
	return errors.Join(r.say(ctx, room, m), r.remember(ctx, room))
}

// open makes the room.
func (r Room) open(ctx context.Context) (id.RoomID, error) {
	made, err := r.Client.CreateRoom(ctx, &mautrix.ReqCreateRoom{
		Name: "Alerts", Topic: "What is wrong with the server of the Slack bridge",
		Preset: "private_chat", Invite: []id.UserID{r.User},
		InitialState: []*event.Event{{Type: stateRoom, Content: event.Content{Raw: map[string]any{"user_id": r.User}}}},
	})
	if err != nil {
		return "", fmt.Errorf("make the room of alerts: %w", err)
	}
	return made.RoomID, nil
}

// find looks among the bot's rooms for the one that was made for the person and not remembered,
// other than one in which the bot may not speak. It is "" if there is none.
func (r Room) find(ctx context.Context, other id.RoomID) (id.RoomID, error) {
	joined, err := r.Client.JoinedRooms(ctx)
	if err != nil {
		return "", fmt.Errorf("look for the room of alerts: %w", err)
	}
	for _, room := range joined.JoinedRooms {
		var made remembering
		err := r.Client.StateEvent(ctx, room, stateRoom, "", &made)
		if err != nil && !errors.Is(err, mautrix.MNotFound) && !errors.Is(err, mautrix.MForbidden) {
			return "", fmt.Errorf("look for the room of alerts: %w", err)
		}
		if err == nil && made.User == r.User && room != other {
			return room, nil
		}
	}
	return "", nil
}

func (r Room) remember(ctx context.Context, room id.RoomID) error {
	if err := r.Client.SetAccountData(ctx, remembered, remembering{room, r.User}); err != nil {
		return fmt.Errorf("remember the room of alerts: %w", err)
	}
	return nil
}

// sayTo says a message in a room, into which it asks the person back first.
func (r Room) sayTo(ctx context.Context, room id.RoomID, m Message) error {
	if err := r.invite(ctx, room); err != nil {
		return err
	}
	return r.say(ctx, room, m)
}

// invite asks the person back who has left.
func (r Room) invite(ctx context.Context, room id.RoomID) error {
	var member event.MemberEventContent
	err := r.Client.StateEvent(ctx, room, event.StateMember, r.User.String(), &member)
	switch {
	case err != nil && !errors.Is(err, mautrix.MNotFound):
		return fmt.Errorf("look into the room of alerts: %w", err)
	case member.Membership == event.MembershipJoin || member.Membership == event.MembershipInvite:
		return nil
	}
	if _, err := r.Client.InviteUser(ctx, room, &mautrix.ReqInviteUser{UserID: r.User}); err != nil {
		return fmt.Errorf("invite %s to the room of alerts: %w", r.User, err)
	}
	return nil
}

func (r Room) say(ctx context.Context, room id.RoomID, m Message) error {
	content := &event.MessageEventContent{MsgType: event.MsgNotice, Body: m.Text, Mentions: &event.Mentions{}}
	if m.Firing {
		content.MsgType = event.MsgText
		content.Mentions.UserIDs = []id.UserID{r.User}
	}
	if _, err := r.Client.SendMessageEvent(ctx, room, event.EventMessage, content, mautrix.ReqSendEvent{TransactionID: m.Key}); err != nil {
		return fmt.Errorf("say it in the room of alerts: %w", err)
	}
	return nil
}
