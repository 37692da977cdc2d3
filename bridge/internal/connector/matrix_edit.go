package connector

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

var (
	errNotOurs   = errors.New("in Slack an app may change and delete only its own messages")
	errNotTheirs = errors.New("only the author of a message can change it")
	errElsewhere = errors.New("the message is in another room")
)

// HandleMatrixEdit implements bridgev2.EditHandlingNetworkAPI. The message's pieces in
// Slack get the new text. If it is longer, further pieces are posted; if it is shorter,
// the surplus ones are deleted.
func (c *Client) HandleMatrixEdit(ctx context.Context, edit *bridgev2.MatrixEdit) error {
	attempt, err := c.connector.attempts.of(edit.Event)
	if err != nil {
		return err
	}
	if _, err := c.readyIn(edit.Portal); err != nil {
		return attempt.fail(err)
	}
	if err := c.applyEdit(ctx, attempt, edit); err != nil {
		return attempt.fail(err)
	}
	if wrong := attempt.wrongWithFiles(); wrong != nil {
		return attempt.fail(wrong) // the rest of it is in Slack
	}
	return nil
}

func (c *Client) applyEdit(ctx context.Context, attempt *attempt, edit *bridgev2.MatrixEdit) error {
	target := edit.EditTarget
	if target.SenderMXID == "" {
		return errNotOurs // it was said through another bridge, and taken over
	}
	if edit.Event.Sender != target.SenderMXID {
		return errNotTheirs // homeservers pass such edits on, clients ignore them
	}
	channel, stand, err := c.ownPieces(ctx, edit.Portal, target)
	if err != nil {
		return err
	}
	stand = slices.DeleteFunc(stand, func(ts string) bool { return slices.Contains(attempt.pieces, ts) })
	as, err := c.relaySenderOf(ctx, edit.Portal, edit.Event, edit.OrigSender)
	if err != nil {
		return err
	}
	if as.quote, err = c.quoteAgain(ctx, edit.Portal, target); err != nil {
		return err
	}
	said, _ := withoutBroadcast(edit.Content, c.connector.bridge.Config.CommandPrefix)
	content, err := c.withinRights(ctx, edit.Portal, edit.Event.Sender, said)
	if err != nil {
		return err
	}
	if err := c.finishFiles(ctx, attempt); err != nil {
		return err
	}
	pieces, err := c.editedPieces(ctx, attempt, edit, content, as)
	if err != nil {
		return err
	}
	updates := pieces[:min(len(pieces), len(stand))]
	if len(attempt.pieces) > 0 {
		updates = nil // an earlier try got past them
	}
	for i, piece := range updates {
		update := slackapi.UpdateRequest{Channel: channel, TS: stand[i], Text: piece.Text, Blocks: piece.Blocks}
		change := c.api.Update
		if i == 0 && len(attempt.files) > 0 && !attempt.noFiles && !attempt.sameFiles {
			change = c.exchangeFiles(attempt, edit, as)
		}
		if err := change(slackapi.WaitAtMost(ctx, lockPatience), update); err != nil {
			return err
		}
	}
	if len(pieces) <= len(stand) {
		return c.dropPieces(ctx, edit.Portal, target, channel, stand, len(pieces))
	}
	thread, err := threadRootTS(target)
	if err != nil {
		return err
	}
	_, _, err = c.postPieces(ctx, attempt, slackapi.PostRequest{
		Channel: channel, ThreadTS: thread, Username: as.name, IconURL: as.face,
		EventID: edit.Event.ID.String(), Said: time.UnixMilli(edit.Event.Timestamp),
	}, pieces[len(stand):], edit.Portal.Receiver, func(posted []string) (networkid.MessageID, []string) {
		return target.ID, posted
	})
	return err
}

// ownPieces returns where one of the bridge's own messages is in Slack: its channel and
// the ts of its pieces. The message must belong to the portal: permission to write in one
// room gives none in another.
func (c *Client) ownPieces(ctx context.Context, portal *bridgev2.Portal, message *database.Message) (channel string, pieces []string, err error) {
	if message.Room != portal.PortalKey {
		return "", nil, errElsewhere
	}
	if message.SenderID != c.GetUserID() {
		return "", nil, errNotOurs
	}
	_, channel, ts, err := slackid.ParseMessageID(message.ID)
	if err != nil {
		return "", nil, err
	}
	further, err := c.connector.db.PiecesOf(ctx, portal.Receiver, message.ID)
	if err != nil {
		return "", nil, err
	}
	pieces = []string{ts}
	for _, piece := range further {
		_, _, ts, err := slackid.ParseMessageID(piece)
		if err != nil {
			return "", nil, err
		}
		pieces = append(pieces, ts)
	}
	slices.SortFunc(pieces[1:], strings.Compare) // a ts has a fixed form, and later pieces a later one
	return channel, pieces, nil
}

// dropPieces deletes the pieces of a message from the keep-th on, the last first: the
// loss of the first, whose ts is the message's id, means that all are gone. A piece is
// forgotten when it is deleted. Slack reports each deletion as if a person had made it;
// the portal is locked until this ends, and then such an event has nothing left to do.
func (c *Client) dropPieces(ctx context.Context, portal *bridgev2.Portal, message *database.Message, channel string, pieces []string, keep int) error {
	for n := len(pieces) - 1; n >= keep; n-- {
		if err := c.api.Delete(slackapi.WaitAtMost(ctx, lockPatience), channel, pieces[n]); err != nil {
			return err
		}
		piece := slackid.MakeMessageID(c.team, channel, pieces[n])
		if err := c.connector.db.DropPieces(ctx, portal.Receiver, message.ID, piece); err != nil {
			return err
		}
	}
	return nil
}

// threadRootTS is the ts of the thread that a message is in, or "".
func threadRootTS(message *database.Message) (string, error) {
	if message.ThreadRoot == "" {
		return "", nil
	}
	return threadTS(&database.Message{ID: message.ThreadRoot})
}
