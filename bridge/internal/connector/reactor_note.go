package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// Slack shows the reactions of everyone in Matrix as the bot's. One note in the thread of a
// message says whose they are (network.reactors). It is changed with them and goes with the
// last. It has rows of its own, so that no message waits for it.

// kindReactors is a row that brings the note of a message up to date.
const kindReactors = "reactors"

// maxReactors is how many people a note names for each emoji.
const maxReactors = 20

// reactedTo is the payload of such a row.
type reactedTo struct {
	Receiver networkid.UserLoginID `json:"receiver,omitempty"`
	Message  networkid.MessageID   `json:"message"`
	// Without is a reaction that is taken back: it may not be forgotten yet.
	Without id.EventID `json:"without,omitempty"`
}

// putReactors puts the row that brings the note of a message up to date; occasion tells it
// from others of the same message.
func (c *Client) putReactors(ctx context.Context, to reactedTo, occasion string) error {
	message := to.Message
	if c.connector.options.Network.Reactors != settings.ReactorsThread {
		if note, err := c.connector.db.ReactorNote(ctx, to.Receiver, message); err != nil || note == nil {
			return err
		}
	}
	payload, err := json.Marshal(to)
	if err != nil {
		return fmt.Errorf("encode the message %s: %w", message, err)
	}
	_, err = c.connector.inbox.Put(ctx, inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane("") + "reactors " + string(message), Kind: kindReactors, Payload: payload,
		Key: "reactors " + string(message) + " " + occasion,
	})
	return wrapped(err, "store that the reactions to %s have changed", message)
}

// handleReactors handles a row of kind reactors.
func (c *Client) handleReactors(ctx context.Context, row *inbox.Attempt) error {
	var to reactedTo
	if err := json.Unmarshal(row.Payload, &to); err != nil {
		return inbox.Park(fmt.Errorf("read whose reactions have changed: %w", err))
	}
	var err error
	if to.Message, err = c.messageNow(to.Message); err != nil {
		return err
	}
	note, err := c.connector.db.ReactorNote(ctx, to.Receiver, to.Message)
	if err != nil {
		return err
	}
	target, err := c.connector.bridge.DB.Message.GetFirstPartByID(ctx, to.Receiver, to.Message)
	if err != nil {
		return fmt.Errorf("load the message %s: %w", to.Message, err)
	}
	text := ""
	if target != nil {
		if text, err = c.reactorText(ctx, target, to.Without); err != nil {
			return err
		}
	}
	ctx = slackapi.Background(ctx)
	switch {
	case text == "":
		err = c.dropReactorNote(ctx, to.Receiver, to.Message)
	case note == nil:
		err = c.postReactorNote(ctx, row, target, text)
	case note.Text != text:
		err = c.changeReactorNote(ctx, target, slackdb.ReactorNote{TS: note.TS, Text: text})
	}
	if err == nil || isTriedAgain(err) || errors.Is(err, errRowNotSaved) {
		return err
	}
	zerolog.Ctx(ctx).Info().Err(err).Msg("Slack does not take the note of who in Matrix has reacted")
	return nil
}

// messageNow is the id of a message under which it is stored now: its channel may have another one
// since the row was put.
func (c *Client) messageNow(message networkid.MessageID) (networkid.MessageID, error) {
	team, channel, ts, err := slackid.ParseMessageID(message)
	if err != nil {
		return message, nil // a message that Slack does not have
	}
	now := c.connector.moves.current(team, channel)
	if c.connector.moves.ordered(team, now) != now {
		return message, inbox.Later(shortWait, errMoving)
	}
	return slackid.MakeMessageID(team, now, ts), nil
}

// reactorText is what the note of a message says, "" if there is to be none.
func (c *Client) reactorText(ctx context.Context, target *database.Message, without id.EventID) (string, error) {
	reactors, err := c.connector.db.Reactors(ctx, target.Room.Receiver, target.ID)
	reactors = slices.DeleteFunc(reactors, func(r slackdb.Reactor) bool { return r.EventID == without })
	if err != nil || len(reactors) == 0 || c.connector.options.Network.Reactors != settings.ReactorsThread {
		return "", err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, target.Room)
	if err != nil || c.connector.roomOf(portal) == "" {
		return "", wrapped(err, "load the portal %s", target.Room)
	}
	var emoji []string
	for len(reactors) > 0 {
		name := reactors[0].Emoji
		same := reactors[:1]
		for len(same) < len(reactors) && reactors[len(same)].Emoji == name {
			same = reactors[:len(same)+1]
		}
		reactors = reactors[len(same):]
		names, err := c.reactorNames(ctx, c.connector.roomOf(portal), same)
		if err != nil {
			return "", err
		}
		emoji = append(emoji, ":"+name+": "+names)
	}
	of := ""
	if target.ThreadRoot != "" {
		_, channel, ts, err := slackid.ParseMessageID(target.ID)
		if err != nil {
			return "", err
		}
		thread, err := threadRootTS(target)
		if err != nil {
			return "", err
		}
		if link := c.permalink(channel, ts, thread); link != "" {
			of = " to <" + link + "|an answer>"
		}
	}
	return "Reactions from Matrix" + of + ": " + strings.Join(emoji, " · "), nil
}

// reactorNames are the names of people who reacted with the same emoji, once each.
func (c *Client) reactorNames(ctx context.Context, room id.RoomID, reactors []slackdb.Reactor) (string, error) {
	var people []id.UserID
	for _, reactor := range reactors {
		if !slices.Contains(people, reactor.Sender) {
			people = append(people, reactor.Sender)
		}
	}
	var names []string
	for _, person := range people[:min(len(people), maxReactors)] {
		member, err := c.member(ctx, room, person)
		if err != nil {
			if isTriedAgain(err) {
				return "", err
			}
			zerolog.Ctx(ctx).Info().Err(err).Msg("The name of a person who reacted is not available")
		}
		names = append(names, slackfmt.Escape(c.relayName(member)))
	}
	if more := len(people) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("%d more", more))
	}
	return strings.Join(names, ", "), nil
}

// postReactorNote posts the note of a message into its thread, once.
func (c *Client) postReactorNote(ctx context.Context, row *inbox.Attempt, target *database.Message, text string) error {
	_, channel, ts, err := slackid.ParseMessageID(target.ID)
	if err != nil {
		return err
	}
	thread, err := threadRootTS(target)
	if err != nil {
		return err
	}
	if thread == "" {
		thread = ts
	}
	request := slackapi.PostRequest{Channel: channel, ThreadTS: thread, Text: text, EventID: row.Key}
	if row.Unsure {
		request.Since = row.Arrived
	}
	posted, err := c.api.Post(ctx, request)
	if err != nil {
		return err
	}
	if posted.InChannel { // the message was deleted a moment ago
		return c.api.Delete(ctx, channel, posted.TS)
	}
	err = c.connector.db.PutReactorNote(ctx, target.Room.Receiver, target.ID, slackdb.ReactorNote{TS: posted.TS, Text: text})
	if err != nil {
		row.Doubt() // the next try finds the note
		return fmt.Errorf("%w: %w", errRowNotSaved, err)
	}
	return nil
}

// changeReactorNote changes the note of a message. One that a person has deleted in Slack
// stays deleted.
func (c *Client) changeReactorNote(ctx context.Context, target *database.Message, note slackdb.ReactorNote) error {
	_, channel, _, err := slackid.ParseMessageID(target.ID)
	if err != nil {
		return err
	}
	err = c.api.Update(ctx, slackapi.UpdateRequest{Channel: channel, TS: note.TS, Text: note.Text})
	if err != nil && !slackapi.HasCode(err, "message_not_found") {
		return err
	}
	return c.connector.db.PutReactorNote(ctx, target.Room.Receiver, target.ID, note)
}

// dropReactorNote deletes the note of a message, if there is one.
func (c *Client) dropReactorNote(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) error {
	note, err := c.connector.db.ReactorNote(ctx, receiver, message)
	if err != nil || note == nil {
		return err
	}
	_, channel, _, err := slackid.ParseMessageID(message)
	if err != nil {
		return err
	}
	if err := c.api.Delete(ctx, channel, note.TS); err != nil {
		return err
	}
	return c.connector.db.DropReactorNote(ctx, receiver, message)
}

// forgetReactors forgets who reacted to a message that is gone in Slack, and has its note
// deleted: otherwise Slack would show that a deleted message has an answer.
func (c *Client) forgetReactors(ctx context.Context, portal *bridgev2.Portal, message networkid.MessageID) error {
	if err := c.connector.db.DropReactors(ctx, portal.Receiver, message); err != nil {
		return err
	}
	note, err := c.connector.db.ReactorNote(ctx, portal.Receiver, message)
	if err != nil || note == nil {
		return err
	}
	return c.putReactors(ctx, reactedTo{Receiver: portal.Receiver, Message: message}, "gone")
}
