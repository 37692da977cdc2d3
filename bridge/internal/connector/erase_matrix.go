package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// isOwnRow says whether a row is what a person in Matrix said. Of parked rows everything counts
// that they did or that is about their membership; of those that wait the rest is left: a
// deletion has to be carried, and encryption has to know who comes and goes.
func isOwnRow(row inbox.Parked, person id.UserID) bool {
	if row.Source != matrixevent.Source || !matrixevent.IsEvent(row.Kind) {
		return false
	}
	evt := headOf(row.Row)
	if !row.Since.IsZero() {
		return evt.Sender == person || evt.StateKey == person.String()
	}
	switch evt.Type {
	case event.EventMessage.Type, event.EventSticker.Type, event.EventReaction.Type, event.EventEncrypted.Type,
		event.EventUnstablePollStart.Type, event.EventUnstablePollResponse.Type, pollStart:
		return evt.Sender == person
	}
	return false
}

// eventHead is whose an event is.
type eventHead struct {
	Sender   id.UserID `json:"sender"`
	Type     string    `json:"type"`
	StateKey string    `json:"state_key"`
}

func headOf(row inbox.Row) (head eventHead) {
	_ = json.Unmarshal(row.Payload, &head) // what cannot be read is no one's
	return head
}

// noteFiles notes which events of a person's may have files in Slack, before they are dropped.
func (c *Connector) noteFiles(ctx context.Context, _ *inbox.Attempt, who erasure, done *eraseProgress) (err error) {
	done.Files, err = c.filesOf(ctx, func(row inbox.Parked) bool { return isOwnRow(row, who.Matrix) })
	return err
}

// filesOf are the events of rows that may have files in Slack.
func (c *Connector) filesOf(ctx context.Context, such func(inbox.Parked) bool) (events []id.EventID, err error) {
	rows, err := c.inbox.Select(ctx, func(row inbox.Parked) bool {
		return row.Source == matrixevent.Source && len(row.Progress) > 0 && such(row)
	})
	for _, row := range rows {
		events = append(events, id.EventID(row.Key))
	}
	return events, err
}

// forgetInMatrix forgets what is stored of a person in Matrix, and what waits of them.
func (c *Connector) forgetInMatrix(ctx context.Context, row *inbox.Attempt, who erasure, _ *eraseProgress) error {
	if err := c.dropRows(ctx, func(row inbox.Parked) bool { return isOwnRow(row, who.Matrix) }); err != nil {
		return err
	}
	if err := c.forgetInvited(ctx, row, who.Matrix); err != nil {
		return err
	}
	if err := c.db.ForgetInMatrix(ctx, who.Matrix); err != nil {
		return err
	}
	if c.options.ForgetTold != nil {
		if err := c.options.ForgetTold(ctx, who.Matrix); err != nil {
			return err
		}
	}
	c.faces.noted.clear()
	for _, client := range c.clients.all() {
		client.holders.clear()
	}
	return nil
}

// forgetInvited forgets that a person was invited to rooms.
func (c *Connector) forgetInvited(ctx context.Context, row *inbox.Attempt, person id.UserID) error {
	portals, err := c.bridge.GetAllPortalsWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	for _, portal := range portals {
		stored, err := c.bridge.DB.Portal.GetByKey(ctx, portal.PortalKey)
		if err != nil {
			return fmt.Errorf("load the portal %s: %w", portal.PortalKey, err)
		}
		if stored == nil || !slices.Contains(stored.Metadata.(*PortalMetadata).Invited, person) {
			continue
		}
		forget := func(ctx context.Context, portal *bridgev2.Portal) error {
			meta := portal.Metadata.(*PortalMetadata)
			meta.Invited = slices.DeleteFunc(slices.Clone(meta.Invited), func(one id.UserID) bool { return one == person })
			return wrapped(portal.Save(ctx), "forget that a person was invited")
		}
		client := c.relayOf(portal)
		if client == nil {
			err = forget(ctx, portal) // without a login nothing happens in it
		} else {
			err = client.submit(ctx, row, &action{
				remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey}, do: forget,
			})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// takeBackReactions removes a person's reactions from Slack, where they are the bot's, and from
// the notes that name who has reacted.
func (c *Connector) takeBackReactions(ctx context.Context, _ *inbox.Attempt, who erasure, _ *eraseProgress) error {
	reactors, err := c.db.ReactorsOf(ctx, who.Matrix)
	if err != nil {
		return err
	}
	for _, reactor := range reactors {
		portal, err := c.portalOfMessage(ctx, reactor.Receiver, reactor.Message)
		if err != nil {
			return err
		}
		if portal == nil || c.relayOf(portal) == nil {
			continue // no login can reach it
		}
		client := c.relayOf(portal)
		if _, err = client.readyIn(portal); err == nil {
			err = client.takeBack(ctx, reactor)
		}
		if err != nil {
			if isTriedAgain(err) || client.unusable() != "" {
				return inbox.Later(eraseWait, err)
			}
			zerolog.Ctx(ctx).Info().Err(err).Msg("A reaction of a person who is erased stays in Slack")
		}
	}
	return nil
}

// portalOfMessage is the portal of a message, nil if there is none.
func (c *Connector) portalOfMessage(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) (*bridgev2.Portal, error) {
	team, channel, _, err := slackid.ParseMessageID(message)
	if err != nil {
		return nil, nil
	}
	key := networkid.PortalKey{ID: slackid.MakePortalID(team, channel), Receiver: receiver}
	portal, err := c.bridge.GetExistingPortalByKey(ctx, key)
	return portal, wrapped(err, "load the portal %s", key)
}

// deleteUploads deletes the files that were uploaded for messages which did not get to Slack.
func (c *Connector) deleteUploads(ctx context.Context, _ *inbox.Attempt, _ erasure, done *eraseProgress) error {
	for _, evt := range done.Files {
		said, err := c.bridge.DB.Message.GetPartByMXID(ctx, evt)
		if err != nil || said != nil {
			if err != nil {
				return fmt.Errorf("look up message %s: %w", evt, err)
			}
			continue // the message's own deletion deletes its files
		}
		for _, client := range c.clients.all() {
			err := client.deleteFiles(slackapi.WaitAtMost(ctx, slackPatience), evt)
			if err != nil && isTriedAgain(err) {
				return err
			}
			if err == nil {
				break
			}
			zerolog.Ctx(ctx).Info().Err(err).Msg("A file of a person who is erased could not be deleted in Slack")
		}
		uploads, err := c.db.UploadsFor(ctx, evt)
		if err != nil {
			return err
		}
		for _, upload := range uploads {
			if err := c.db.DropUploads(ctx, upload.FileID); err != nil {
				return err
			}
		}
	}
	return nil
}

var errDeletionsFirst = errors.New("what they have deleted themselves goes first")

// forgetAuthor forgets whose a person's messages are. Deletions of theirs that wait are carried
// before: afterwards only moderators may delete these messages.
func (c *Connector) forgetAuthor(ctx context.Context, _ *inbox.Attempt, who erasure, _ *eraseProgress) error {
	deletions, err := c.inbox.Select(ctx, func(row inbox.Parked) bool {
		if row.Source != matrixevent.Source || !row.Since.IsZero() {
			return false
		}
		evt := headOf(row.Row)
		return evt.Sender == who.Matrix && evt.Type == event.EventRedaction.Type
	})
	if err != nil {
		return err
	}
	if len(deletions) > 0 {
		return inbox.Later(eraseWait, errDeletionsFirst)
	}
	if err := c.db.ForgetAuthor(ctx, who.Matrix); err != nil {
		return err
	}
	return c.db.ForgetInMatrix(ctx, who.Matrix)
}

// erasedMember is what a person in Matrix who was erased is called in Slack, wherever others
// name them.
func erasedMember() *bridgev2.OrigSender {
	sender := &bridgev2.OrigSender{DisambiguatedName: erasedName}
	sender.Displayname = erasedName
	return sender
}
