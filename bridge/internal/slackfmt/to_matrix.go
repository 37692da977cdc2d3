package slackfmt

import (
	"encoding/json"
	"strings"

	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
)

// Input is what a Slack message says, as an event or history gives it.
type Input struct {
	// Text is mrkdwn: escaped, with control sequences.
	Text string
	// Blocks is the JSON array of blocks, or nil.
	Blocks json.RawMessage
	// Attachments follow the text: what apps add, and messages that are shared.
	Attachments []slackevent.Attachment
}

// ToMatrix translates a Slack message to an m.text content. Slack shows blocks
// instead of the text when there are any, and so does this; without blocks the
// text is read as mrkdwn; attachments follow as quotes. Links go through as
// links, mentions as matrix.to links with m.mentions beside them, emoji as
// Unicode. A formatted body is there only when the plain one would lose
// something.
//
// The content is never nil and may be large: pass it to [SplitForMatrix]. Its
// body is "" when the message says nothing in words (files alone, for example).
func ToMatrix(in Input, resolve FromSlack) *event.MessageEventContent {
	if resolve == nil {
		resolve = unknown{}
	}
	r := &slackReader{resolve: resolve}
	return toContent(r.message(in))
}

// message reads all that a message shows.
func (r *slackReader) message(in Input) []block {
	blocks, whole := r.blockKit(in.Blocks)
	if len(blocks) == 0 {
		blocks = r.mrkdwn(in.Text)
	} else if !whole {
		blocks = r.withText(blocks, in.Text)
	}
	for _, attachment := range in.Attachments {
		blocks = append(blocks, r.attachment(attachment)...)
	}
	return blocks
}

// withText adds the message's text to blocks that do not show everything,
// unless they say the same.
func (r *slackReader) withText(blocks []block, text string) []block {
	read := r.mrkdwn(text)
	if len(read) == 0 || strings.Contains(toPlain(blocks), toPlain(read)) {
		return blocks
	}
	return append(blocks, read...)
}

// toContent writes a document as the content of an event.
func toContent(blocks []block) *event.MessageEventContent {
	content := &event.MessageEventContent{
		MsgType:  event.MsgText,
		Body:     clean(toPlain(blocks)),
		Mentions: mentions(blocks),
	}
	if needsHTML(blocks) {
		content.Format = event.FormatHTML
		content.FormattedBody = clean(toHTML(blocks))
	}
	return content
}

// mentions collects who is to be notified: never nil, since an absent
// m.mentions lets clients search the text for names.
func mentions(blocks []block) *event.Mentions {
	out := &event.Mentions{}
	walk(blocks, func(run inline) {
		if run.quiet {
			return
		}
		switch run.kind {
		case broadcast:
			out.Room = true
		case userMention:
			out.Add(mentionedUser(run.url))
		}
	})
	return out
}
