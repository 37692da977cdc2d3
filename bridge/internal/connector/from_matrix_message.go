package connector

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

const (
	// metadataType marks what the bridge posts, in the message's metadata.
	metadataType = slackapi.MetadataType
	// lockPatience is how long calls may wait for Slack's limits while their
	// portal is locked. The wait proper was before the lock (Gate); an event that
	// finds the limits changed since, or has more to post than they allow, comes
	// back later for the rest.
	lockPatience = 2 * time.Second
)

// HandleMatrixMessage implements bridgev2.NetworkAPI: it posts a message for
// somebody in Matrix. What is too long for one Slack message becomes several.
func (c *Client) HandleMatrixMessage(ctx context.Context, message *bridgev2.MatrixMessage) (*bridgev2.MatrixMessageResponse, error) {
	who, err := c.ready()
	if err != nil {
		return nil, c.outcome(message.Event, err)
	}
	_, channel, err := slackid.ParsePortalID(message.Portal.ID)
	if err != nil {
		return nil, c.outcome(message.Event, err)
	}
	if root := message.ThreadRoot; root != nil && root.Room != message.Portal.PortalKey {
		message.ThreadRoot = nil // another room's thread is none of this room's
	}
	as, err := c.voice(ctx, message.Portal, message.Event, message.OrigSender)
	if err != nil {
		return nil, c.outcome(message.Event, err)
	}
	pieces, err := c.pieces(ctx, message.Content, as)
	if err != nil {
		return nil, c.passBy(message.Event, err)
	}
	posted, err := c.postPieces(ctx, message.Event, slackapi.PostRequest{
		Channel: channel, ThreadTS: threadOf(message.ThreadRoot), Username: as.name, EventID: message.Event.ID.String(),
	}, pieces)
	if err != nil {
		return nil, c.outcome(message.Event, err)
	}
	row, err := c.rowOf(who, message.Portal, channel, posted)
	if err != nil {
		return nil, c.outcome(message.Event, err)
	}
	if err := c.keepPieces(ctx, message.Portal, row.ID, channel, posted[1:]); err != nil {
		return nil, c.outcome(message.Event, err)
	}
	// Until PostSave the row may fail to be written, which the framework only
	// logs: handled again, nothing is posted twice and the row is written.
	c.connector.verdicts.again(message.Event.ID, &RetryLater{Err: errRowNotSaved, After: firstWait})
	return &bridgev2.MatrixMessageResponse{
		DB:       row,
		PostSave: func(context.Context, *database.Message) { c.connector.verdicts.settled(message.Event.ID) },
	}, nil
}

// postPieces posts what of an event is not in Slack yet and returns the ts of
// all its pieces. The turn of the next piece was waited for before the portal
// was locked; those for which the limits leave no time come with another try, so
// that what is said in Slack meanwhile gets its turn.
func (c *Client) postPieces(ctx context.Context, evt *event.Event, request slackapi.PostRequest, pieces []slackfmt.Message) ([]string, error) {
	posted := c.connector.verdicts.progress(evt.ID)
	deadline := time.Now().Add(lockPatience)
	for n := len(posted); n < len(pieces); n++ {
		request.Text, request.Blocks, request.Piece = pieces[n].Text, pieces[n].Blocks, n
		patience := max(time.Until(deadline), 1) // 0 would be no bound
		result, err := c.api.Post(slackapi.WaitAtMost(ctx, patience), request)
		if err != nil {
			return nil, err
		}
		c.connector.verdicts.advance(evt.ID, result.TS)
		posted = append(posted, result.TS)
	}
	return posted, nil
}

// pieces is a Matrix message as Slack messages, of which there is at least one, or
// a *slackfmt.NothingToSendError.
func (c *Client) pieces(ctx context.Context, content *event.MessageEventContent, as voice) ([]slackfmt.Message, error) {
	content = unguarded(content)
	if err := slackfmt.Sendable(content); err != nil {
		return nil, err
	}
	return slackfmt.SplitForSlack(as.speak(content), fromMatrix{ctx: ctx, client: c, room: as.room}, slackfmt.MaxSlackChars), nil
}

// rowOf is the database's row of a message that was posted as the given pieces.
func (c *Client) rowOf(who *slackapi.Identity, portal *bridgev2.Portal, channel string, posted []string) (*database.Message, error) {
	at, err := slackid.ParseTimestamp(posted[0])
	if err != nil {
		return nil, fmt.Errorf("chat.postMessage answered: %w", err)
	}
	return &database.Message{
		ID:        slackid.MakeMessageID(c.team, channel, posted[0]),
		Room:      portal.PortalKey,
		SenderID:  slackid.MakeUserID(c.team, who.UserID),
		Timestamp: at,
		Metadata:  &MessageMetadata{Pieces: posted[1:]},
	}, nil
}

// keepPieces notes the further pieces of a message, so that what happens to them
// in Slack happens to the message.
func (c *Client) keepPieces(ctx context.Context, portal *bridgev2.Portal, message networkid.MessageID, channel string, further []string) error {
	ids := make([]networkid.MessageID, len(further))
	for i, ts := range further {
		ids[i] = slackid.MakeMessageID(c.team, channel, ts)
	}
	return c.connector.db.PutPieces(ctx, portal.Receiver, message, ids...)
}

// threadOf is the ts of the thread that a message belongs to, or "".
func threadOf(root *database.Message) string {
	if root == nil {
		return ""
	}
	_, _, ts, err := slackid.ParseMessageID(networkid.MessageID(first(string(root.ThreadRoot), string(root.ID))))
	if err != nil {
		return ""
	}
	return ts
}
