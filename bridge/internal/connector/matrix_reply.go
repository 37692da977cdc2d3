package connector

import (
	"cmp"
	"context"
	"html"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// Slack has threads, but no replies. A reply in Matrix to what is in a thread goes there. Any
// other begins a thread with the message that it answers or, where network.replies says so,
// is a message of the channel with a quote of that message in front.

// maxQuoted is how many characters of a message are quoted.
const maxQuoted = 200

// quotesReplies says whether a reply quotes a message instead of beginning a thread with it.
func (c *Connector) quotesReplies() bool {
	return c.options.Network.Replies == settings.ReplyQuote
}

// quoteFor is the quote in front of a reply, "" if there is none: it is not a reply, or it is
// in a thread. Its error is transient.
func (c *Client) quoteFor(ctx context.Context, message *bridgev2.MatrixMessage) (string, error) {
	if message.ReplyTo == nil || message.ThreadRoot != nil {
		return "", nil
	}
	if message.ReplyTo.Room != message.Portal.PortalKey {
		message.ReplyTo = nil // what is said in one room is not shown in another
		return "", nil
	}
	return c.quoteOf(ctx, message.Portal, message.ReplyTo)
}

// quoteAgain is the quote that was put in front of a message when it was posted.
func (c *Client) quoteAgain(ctx context.Context, portal *bridgev2.Portal, reply *database.Message) (string, error) {
	if reply.ReplyTo.MessageID == "" || reply.ThreadRoot != "" {
		return "", nil
	}
	part := networkid.PartID("")
	if reply.ReplyTo.PartID != nil {
		part = *reply.ReplyTo.PartID
	}
	answered, err := c.connector.bridge.DB.Message.GetPartByID(ctx, portal.Receiver, reply.ReplyTo.MessageID, part)
	if err != nil || answered == nil {
		return "", wrapped(err, "load the message that %s answers", reply.ID)
	}
	return c.quoteOf(ctx, portal, answered)
}

// quoteOf quotes a message of the room, in HTML: who said it, with a link to it, and how it
// begins.
func (c *Client) quoteOf(ctx context.Context, portal *bridgev2.Portal, answered *database.Message) (string, error) {
	_, channel, ts, err := slackid.ParseMessageID(answered.ID)
	if err != nil {
		return "", err
	}
	thread, err := threadRootTS(answered)
	if err != nil {
		return "", err
	}
	names := &matrixResolver{ctx: ctx, client: c, room: portal.MXID}
	_, name := names.User(answered.SenderMXID)
	if names.err != nil {
		return "", names.err
	}
	said, err := c.beginOf(ctx, portal, answered)
	if err != nil {
		return "", err
	}
	author := html.EscapeString(unpinging(cmp.Or(name, "A message"))) // it may not be known any more whose it is
	if address := c.permalink(channel, ts, thread); address != "" {
		author = `<a href="` + html.EscapeString(address) + `">` + author + `</a>`
	}
	if said != "" {
		said = ": " + html.EscapeString(unpinging(said))
	}
	return "<blockquote>" + author + said + "</blockquote>", nil
}

// beginOf is the beginning of a message's text in one line, "" if it cannot be read.
func (c *Client) beginOf(ctx context.Context, portal *bridgev2.Portal, message *database.Message) (string, error) {
	if message.HasFakeMXID() {
		return "", nil
	}
	evt, err := c.connector.bridge.Bot.GetEvent(ctx, portal.MXID, message.MXID)
	if err != nil {
		if isTriedAgain(err) {
			return "", wrapped(err, "read %s, which is answered", message.MXID)
		}
		zerolog.Ctx(ctx).Info().Err(err).Stringer("answered", message.MXID).Msg("A message that is answered cannot be read; its text is not quoted")
		return "", nil
	}
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if !ok {
		return "", nil
	}
	return shorten(slackfmt.OneLine(event.TrimReplyFallbackText(content.Body)), maxQuoted), nil
}

// unpinging is a text in which no name mentions anyone: who is quoted was told before.
func unpinging(text string) string {
	return strings.NewReplacer("@", "@\u2060", "#", "#\u2060").Replace(text)
}
