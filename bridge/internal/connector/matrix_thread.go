package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// findThreadRoot makes sure that the thread of a message is known, if it is in one of this
// room: the framework ignores a database that does not answer, and does not know threads
// that begin with another message in Slack than in Matrix.
func (c *Client) findThreadRoot(ctx context.Context, message *bridgev2.MatrixMessage) (err error) {
	if root := message.ThreadRoot; root != nil {
		if root.Room != message.Portal.PortalKey {
			message.ThreadRoot = nil // another room's thread does not belong here
			return nil
		}
		message.ThreadRoot, err = c.ofThread(ctx, root)
		return err
	}
	parent := message.Content.RelatesTo.GetThreadParent()
	if parent == "" {
		return nil
	}
	root, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, parent)
	if err != nil {
		return fmt.Errorf("look up the thread of %s: %w", message.Event.ID, err)
	}
	if root != nil {
		if root.Room == message.Portal.PortalKey {
			message.ThreadRoot, err = c.ofThread(ctx, root)
		}
		return err
	}
	noted, err := c.connector.db.ThreadRoot(ctx, message.Portal.Receiver, parent)
	if err != nil || !standsIn(message.Portal, noted) {
		return err
	}
	message.ThreadRoot = &database.Message{ID: noted, Room: message.Portal.PortalKey}
	return nil
}

// keepThread notes the Matrix thread of a message that was posted to the channel
// although it is in a thread, because the thread begins with an event that is not in
// Slack. Answers to the post in Slack then go to the thread that people in Matrix see, and
// further messages of that thread go to the answers in Slack.
func (c *Client) keepThread(ctx context.Context, message *bridgev2.MatrixMessage, channel, ts string) error {
	parent := message.Content.RelatesTo.GetThreadParent()
	if parent == "" || message.ThreadRoot != nil {
		return nil
	}
	return c.connector.db.PutThread(ctx, message.Portal.Receiver, slackid.MakeMessageID(c.team, channel, ts), parent)
}

// keepLostRoot notes the Matrix thread of a message that is about to be forgotten, if
// it has answers: in Slack a thread outlives its first message.
func (c *Client) keepLostRoot(ctx context.Context, portal *bridgev2.Portal, first *database.Message, answered bool) error {
	if first.ThreadRoot != "" || first.HasFakeMXID() {
		return nil
	}
	last, err := c.connector.bridge.DB.Message.GetLastThreadMessage(ctx, portal.PortalKey, first.ID)
	if err != nil {
		return fmt.Errorf("look up the answers to %s: %w", first.ID, err)
	}
	if !answered && (last == nil || last.ID == first.ID) {
		return nil
	}
	return c.connector.db.PutThread(ctx, portal.Receiver, first.ID, first.MXID)
}

// refusesThread says whether Slack refuses a post for the thread that it is in (Slack
// docs: chat.postMessage, errors).
func refusesThread(err error) bool {
	var refused *slackapi.Error
	return errors.As(err, &refused) && refused.Code == "cannot_reply_to_message"
}

// threadTS is the ts of the thread that a message belongs to, or "".
func threadTS(root *database.Message) (string, error) {
	if root == nil {
		return "", nil
	}
	_, _, ts, err := slackid.ParseMessageID(networkid.MessageID(cmp.Or(string(root.ThreadRoot), string(root.ID))))
	return ts, wrapped(err, "read which thread it is in")
}
