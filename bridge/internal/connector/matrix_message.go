package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

const (
	// metadataType marks what the bridge posts, in the message's metadata.
	metadataType = slackapi.MetadataType
	// lockPatience is how long calls may wait for Slack's rate limits while their portal
	// is locked. The main wait is before the lock (awaitTurn). An event for which the
	// limits have changed since, or which has more to post than they allow, is tried
	// again later for the rest.
	lockPatience = 2 * time.Second
)

// HandleMatrixMessage implements bridgev2.NetworkAPI: it posts a message for a person in
// Matrix. A text that is too long for one Slack message becomes several.
func (c *Client) HandleMatrixMessage(ctx context.Context, message *bridgev2.MatrixMessage) (*bridgev2.MatrixMessageResponse, error) {
	attempt, err := c.connector.attempts.of(message.Event)
	if err != nil {
		return nil, err
	}
	row, err := c.postMessage(ctx, attempt, message)
	if nothing := (*slackfmt.NothingToSendError)(nil); errors.As(err, &nothing) {
		return nil, attempt.skip(err)
	}
	if err != nil {
		return nil, attempt.fail(err)
	}
	if wrong := attempt.wrongWithFiles(); wrong != nil {
		return c.endWithoutFiles(ctx, attempt, message, row, wrong)
	}
	// Before PostSave the framework writes the message's row, and only logs if that
	// fails: then the next try finds the post and writes the row.
	attempt.err = errRowNotSaved
	attempt.Doubt()
	failpoint.Hit(failpoint.SendRow)
	return &bridgev2.MatrixMessageResponse{
		DB:       row,
		PostSave: func(context.Context, *database.Message) { attempt.err = nil },
	}, nil
}

// errNoThread is why a broadcast is refused.
var errNoThread = errors.New("only an answer in a thread can be shown in the channel too; this is not in a thread that Slack has")

// postMessage posts a message and returns its row for the database.
func (c *Client) postMessage(ctx context.Context, attempt *attempt, message *bridgev2.MatrixMessage) (*database.Message, error) {
	who, err := c.readyIn(message.Portal)
	if err != nil {
		return nil, err
	}
	_, channel, err := slackid.ParsePortalID(message.Portal.ID)
	if err != nil {
		return nil, err
	}
	if err := c.findThreadRoot(ctx, message); err != nil {
		return nil, err
	}
	as, err := c.relaySenderOf(ctx, message.Portal, message.Event, message.OrigSender)
	if err != nil {
		return nil, err
	}
	if as.quote, err = c.quoteFor(ctx, message); err != nil {
		return nil, err
	}
	said, broadcast := withoutBroadcast(unguarded(message.Content), c.connector.bridge.Config.CommandPrefix)
	if broadcast && message.ThreadRoot == nil {
		return nil, errNoThread
	}
	content, err := c.withinRights(ctx, message.Portal, message.Event.Sender, said)
	if err != nil {
		return nil, err
	}
	thread, err := threadTS(message.ThreadRoot)
	if err != nil {
		return nil, err
	}
	request := slackapi.PostRequest{
		Channel: channel, ThreadTS: thread, Broadcast: broadcast, Username: as.name, IconURL: as.face,
		EventID: message.Event.ID.String(), Said: time.UnixMilli(message.Event.Timestamp),
	}
	posted, inChannel, err := c.postContent(ctx, attempt, message, content, as, request)
	if message.ThreadRoot != nil && refusesThread(err) {
		zerolog.Ctx(ctx).Info().Err(err).Msg("Slack takes no answers to this thread's first message; the answer is posted to the channel")
		request.ThreadTS = ""
		posted, _, err = c.postContent(ctx, attempt, message, content, as, request)
		inChannel = true
	}
	if err != nil {
		return nil, err
	}
	if inChannel {
		message.ThreadRoot = nil // answers to it in Slack begin a thread with it
	}
	if err := c.keepThread(ctx, message, channel, posted[0]); err != nil {
		attempt.Doubt()
		return nil, err
	}
	return c.rowOf(who, message.Portal, channel, posted)
}

// postContent posts a message's content: with its files if it has any.
func (c *Client) postContent(ctx context.Context, attempt *attempt, message *bridgev2.MatrixMessage, content *event.MessageEventContent, as relaySender, request slackapi.PostRequest) (posted []string, inChannel bool, err error) {
	if len(filesOf(message.Event, content)) > 0 {
		said, err := captionFor(attempt, message.Event, content)
		if err != nil {
			return nil, false, err
		}
		if !attempt.noFiles {
			posted, inChannel, err = c.postFile(ctx, attempt, message, said, as, request)
			if attempt.orBadFiles(err) != nil || err == nil {
				return posted, inChannel, err
			}
			if said, err = captionFor(attempt, message.Event, content); err != nil {
				return nil, false, err
			}
		}
		content = said
	}
	pieces, err := c.pieces(ctx, content, as)
	if err != nil {
		return nil, false, err
	}
	return c.postPieces(ctx, attempt, request, pieces, message.Portal.Receiver, c.furtherOf(request.Channel, pieces))
}

// furtherOf says which pieces of a message that is posted are further pieces, if there are
// several.
func (c *Client) furtherOf(channel string, pieces []slackfmt.Message) furtherPieces {
	if len(pieces) < 2 {
		return nil
	}
	return func(posted []string) (networkid.MessageID, []string) {
		return slackid.MakeMessageID(c.team, channel, posted[0]), posted[1:]
	}
}

// postPieces posts the pieces of an event that are not in Slack yet and returns the ts of
// all pieces. The wait for the next piece's turn was before the portal was locked; pieces
// for which the rate limits leave no time are posted by another try, so that messages
// from Slack get their turn meanwhile.
//
// inChannel says that the pieces posted now are in no thread, although they answer one.
//
// With further, each posted piece is noted in the event's row, and in the same commit as a
// further piece of its message.
func (c *Client) postPieces(ctx context.Context, attempt *attempt, request slackapi.PostRequest, pieces []slackfmt.Message,
	receiver networkid.UserLoginID, further furtherPieces,
) (posted []string, inChannel bool, err error) {
	posted = slices.Clone(attempt.pieces)
	deadline := time.Now().Add(lockPatience)
	for n := len(posted); n < len(pieces); n++ {
		request.Text, request.Blocks, request.Piece = pieces[n].Text, pieces[n].Blocks, n
		request.Since = time.Time{}
		if n == len(attempt.pieces) {
			request.Since = attempt.since
		}
		patience := max(time.Until(deadline), 1) // 0 would be no limit
		result, err := c.api.Post(slackapi.WaitAtMost(ctx, patience), request)
		if err != nil {
			return nil, false, err
		}
		if !result.Found {
			attempt.Sure()
		}
		posted, inChannel = append(posted, result.TS), inChannel || result.InChannel
		if further == nil {
			continue // the only piece: the message's own row says everything
		}
		failpoint.Hit(failpoint.BetweenPieces)
		err = attempt.keepPieces(ctx, posted, func(ctx context.Context) error {
			message, ids := further(posted)
			return c.keepPieces(ctx, receiver, message, request.Channel, ids)
		})
		if err != nil {
			return nil, false, err
		}
	}
	return posted, inChannel, nil
}

// furtherPieces says which posted pieces are further pieces, and of which message.
type furtherPieces func(posted []string) (networkid.MessageID, []string)

// pieces returns a Matrix message as one or more Slack messages, or a
// *slackfmt.NothingToSendError.
func (c *Client) pieces(ctx context.Context, content *event.MessageEventContent, as relaySender) ([]slackfmt.Message, error) {
	content = unguarded(content)
	if err := slackfmt.Sendable(content); err != nil {
		return nil, err
	}
	names := &matrixResolver{ctx: ctx, client: c, room: as.room, sender: as.user}
	pieces := slackfmt.SplitForSlack(as.withName(content), names, slackfmt.MaxSlackChars)
	if len(pieces) == 0 && names.err == nil {
		return nil, &slackfmt.NothingToSendError{Why: "Slack can show nothing of it"}
	}
	return pieces, names.err
}

// rowOf is the database row of a message that was posted as the given pieces.
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
		Metadata:  &MessageMetadata{},
	}, nil
}

// keepPieces notes the further pieces of a message, so that events about them in Slack
// are applied to the message.
func (c *Client) keepPieces(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID, channel string, further []string) error {
	ids := make([]networkid.MessageID, len(further))
	for i, ts := range further {
		ids[i] = slackid.MakeMessageID(c.team, channel, ts)
	}
	return c.connector.db.PutPieces(ctx, receiver, message, ids...)
}
