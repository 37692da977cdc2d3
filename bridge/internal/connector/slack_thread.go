package connector

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// inThread says whether a message is a reply, not a thread's root.
func inThread(message *slackevent.Message) bool {
	return message.ThreadTS != "" && message.ThreadTS != message.TS
}

// threadRoot returns the message whose thread a message belongs to, or "". If the root is
// a further piece of a long Matrix message, that message is the root.
func (c *Client) threadRoot(ctx context.Context, portal *bridgev2.Portal, message *slackevent.Message) (networkid.MessageID, error) {
	if !inThread(message) {
		return "", nil
	}
	return c.connector.db.MessageOf(ctx, portal.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.ThreadTS))
}

// ensureRoot bridges the root of a message's thread if it is not in Matrix, for example
// because it is older than the room: without it the reply would seem to answer nothing. It
// notifies no one, unless it is as new as what was missed may be that does.
func (c *Client) ensureRoot(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, message *slackevent.Message) error {
	if !inThread(message) {
		return nil
	}
	root, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.ThreadTS))
	if err != nil {
		return err
	}
	if known, err := c.isKnown(ctx, key, root); err != nil || known {
		return err
	}
	found, err := c.messageAt(ctx, message.Channel, message.ThreadTS)
	if err != nil || found == nil || c.ownPost(found) {
		return err
	}
	said, err := slackid.ParseTimestamp(found.TS)
	if err != nil {
		return fmt.Errorf("the first message of a thread in %s: %w", message.Channel, err)
	}
	found.ChannelType = message.ChannelType
	return c.bridgePost(ctx, row, found, c.isHistory(said))
}

// threadAnswer is a Slack message in a thread. The framework would treat the first message
// of the thread that it knows as the thread's root. A homeserver refuses that if this
// message is itself in a Matrix thread, because the Matrix thread begins with an event that
// is not in Slack, or because its first message is gone. So the connector sends answers.
type threadAnswer struct {
	id     networkid.MessageID
	sender networkid.UserID
	at     time.Time
	// root is the message in Slack that begins the thread.
	root  networkid.MessageID
	parts []*bridgev2.ConvertedMessagePart
	plan  *sendPlan
}

// thread is a thread in Matrix: the event that begins it, "" for none, and the last event
// in it.
type thread struct{ root, last id.EventID }

// sendAnswer sends the parts of an answer and notes each. It runs under the portal's
// lock.
func (c *Client) sendAnswer(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, a threadAnswer) error {
	in, err := c.threadOn(ctx, portal, a.root)
	if err != nil {
		return err
	}
	for _, part := range a.parts {
		row := &database.Message{
			ID: a.id, PartID: part.ID, Room: portal.PortalKey, SenderID: a.sender, SenderMXID: intent.GetMXID(),
			Timestamp: a.at, ThreadRoot: a.root, Metadata: part.DBMetadata,
		}
		copied := slackid.IsCopyPartID(part.ID)
		switch {
		case copied && in.root == "":
			continue // without a thread the parts themselves are in the timeline
		case copied:
			row.ThreadRoot = ""
			row.MXID, err = c.sendCopy(ctx, portal, intent, a, in, part, row)
		default:
			row.MXID, err = c.sendInThread(ctx, portal, intent, a, &in, part, row)
		}
		if err != nil {
			return fmt.Errorf("send part %q of %s: %w", part.ID, a.id, err)
		}
		if err := c.connector.bridge.DB.Message.Insert(ctx, row); err != nil {
			return fmt.Errorf("note part %q of %s: %w", part.ID, a.id, err)
		}
		if !copied {
			in.last = row.MXID
		}
	}
	return nil
}

// sendCopy sends the copy of a part to the timeline, as a reply to the thread's root.
func (c *Client) sendCopy(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, a threadAnswer, in thread,
	part *bridgev2.ConvertedMessagePart, row *database.Message,
) (id.EventID, error) {
	sent, err := sendPart(ctx, portal, intent, a, part, row, (&event.RelatesTo{}).SetReplyTo(in.root))
	if !refusesContent(err) {
		return sent, err
	}
	a.plan.again()
	return sendPart(ctx, portal, intent, a, part, row, nil)
}

// sendPart sends one part of an answer with a relation to another event, or with none.
func sendPart(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, a threadAnswer,
	part *bridgev2.ConvertedMessagePart, row *database.Message, relation *event.RelatesTo,
) (id.EventID, error) {
	if part.Content.Mentions == nil {
		part.Content.Mentions = &event.Mentions{}
	}
	part.Content.RelatesTo = relation
	resp, err := intent.SendMessage(ctx, portal.MXID, part.Type, &event.Content{Parsed: part.Content, Raw: part.Extra},
		&bridgev2.MatrixSendExtra{Timestamp: a.at, MessageMeta: row})
	if err != nil {
		return "", err
	}
	return resp.EventID, nil
}

// sendInThread sends one part in the thread. If the homeserver refuses that permanently,
// it sends it in the thread that the root itself is in, and then as a plain reply.
func (c *Client) sendInThread(ctx context.Context, portal *bridgev2.Portal, intent bridgev2.MatrixAPI, a threadAnswer, in *thread,
	part *bridgev2.ConvertedMessagePart, row *database.Message,
) (id.EventID, error) {
	send := func(relation *event.RelatesTo) (id.EventID, error) {
		return sendPart(ctx, portal, intent, a, part, row, relation)
	}
	if in.root == "" {
		return send(nil)
	}
	sent, err := send((&event.RelatesTo{}).SetThread(in.root, in.last))
	if !refusesContent(err) {
		return sent, err
	}
	log := zerolog.Ctx(ctx).With().Stringer("thread_event", in.root).Logger()
	parent, lookErr := c.threadOf(ctx, portal, in.root)
	if lookErr != nil {
		return "", lookErr
	}
	if parent != "" {
		log.Info().Err(err).Msg("A thread is part of another thread in Matrix; its answers go there")
		if err := c.connector.db.PutThread(ctx, portal.Receiver, a.root, parent); err != nil {
			return "", err
		}
		in.root = parent
		a.plan.again()
		if sent, err = send((&event.RelatesTo{}).SetThread(in.root, in.last)); !refusesContent(err) {
			return sent, err
		}
	}
	log.Warn().Err(err).Msg("The homeserver refuses an answer in its thread; it is sent as a plain reply")
	a.plan.again()
	if sent, err = send((&event.RelatesTo{}).SetReplyTo(in.root)); !refusesContent(err) {
		return sent, err
	}
	a.plan.again()
	return send(nil)
}

// threadOn returns the Matrix thread of the Slack thread on root: the noted one, the one
// that root's event begins or, if root is not in Matrix, the one of the first answer.
func (c *Client) threadOn(ctx context.Context, portal *bridgev2.Portal, root networkid.MessageID) (thread, error) {
	messages := c.connector.bridge.DB.Message
	last, err := messages.GetLastThreadMessage(ctx, portal.PortalKey, root)
	if err != nil {
		return thread{}, fmt.Errorf("look up the last message of thread %s: %w", root, err)
	}
	begin, err := c.connector.db.ThreadEvent(ctx, portal.Receiver, root)
	if err != nil {
		return thread{}, err
	}
	if begin == "" && last != nil {
		first, err := messages.GetFirstThreadMessage(ctx, portal.PortalKey, root)
		switch {
		case err != nil:
			return thread{}, fmt.Errorf("look up the first message of thread %s: %w", root, err)
		case first.ID == root:
			begin = first.MXID
		default:
			if begin, err = c.threadOf(ctx, portal, first.MXID); err != nil {
				return thread{}, err
			}
		}
	}
	if last == nil {
		return thread{begin, begin}, nil
	}
	return thread{begin, last.MXID}, nil
}

// threadOf asks the homeserver for the event that begins the thread that an event is
// in, "" if it is in none or cannot be read.
func (c *Client) threadOf(ctx context.Context, portal *bridgev2.Portal, evt id.EventID) (id.EventID, error) {
	found, err := c.connector.bridge.Bot.GetEvent(ctx, portal.MXID, evt)
	if err != nil {
		if _, passes := transient(err); passes {
			return "", fmt.Errorf("read event %s: %w", evt, err)
		}
		zerolog.Ctx(ctx).Info().Err(err).Stringer("event", evt).Msg("The event that begins a thread cannot be read")
		return "", nil
	}
	content, ok := found.Content.Parsed.(*event.MessageEventContent)
	if !ok {
		return "", nil
	}
	return content.RelatesTo.GetThreadParent(), nil
}

// refusesContent says whether the homeserver refuses an event because of its content
// (Matrix specification: 400), which no retry changes.
func refusesContent(err error) bool {
	status, _ := matrixStatus(err)
	return status == http.StatusBadRequest
}
