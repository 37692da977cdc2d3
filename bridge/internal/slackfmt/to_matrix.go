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
	// Room is the call of a huddle, Permalink where Slack shows the message (what is
	// to be pressed or chosen in it leads there), and Subtype what kind of message it is.
	Room      *slackevent.Room
	Permalink string
	Subtype   string
}

// ToMatrix translates a Slack message to an m.text content. Slack shows blocks
// instead of the text when there are any, and so does this; without blocks the
// text is read as mrkdwn; attachments follow as quotes. Links go through as
// links, those to messages and channels that are in Matrix as links to these,
// mentions as matrix.to links with m.mentions beside them, emoji as Unicode.
// "@" before the name of a person of Matrix mentions them. A formatted body is there only when the plain one would lose
// something.
//
// The previews of web links are left out where there is anything else: Matrix
// clients make their own, and Slack adds them to a message later, which must not
// look like an edit.
//
// The content is never nil, and its body never empty: a message in which there is
// nothing to read says so. It may be large: pass it to [SplitForMatrix].
func ToMatrix(in Input, resolve FromSlack) *event.MessageEventContent {
	if resolve == nil {
		resolve = unknown{}
	}
	r := &slackReader{resolve: resolve, labels: labelsOf(in), permalink: in.Permalink}
	blocks := r.message(in)
	if !visible(blocks) {
		blocks = asParagraph(link(r.target(""), plainRuns(nothing(in))))
	}
	return toContent(blocks)
}

// Shows says whether there is anything to read in a message.
func Shows(in Input) bool {
	return visible((&slackReader{resolve: unknown{}, labels: labelsOf(in)}).message(in))
}

// InputOf is what a message says.
func InputOf(message *slackevent.Message) Input {
	return Input{
		Text: message.Text, Blocks: message.Blocks, Attachments: message.Attachments,
		Room: message.Room, Permalink: message.Permalink, Subtype: message.Subtype,
	}
}

// message reads all that a message shows.
func (r *slackReader) message(in Input) []block {
	blocks, whole := r.blockKit(in.Blocks)
	if !visible(blocks) {
		blocks = r.mrkdwn(in.Text)
	} else if !whole {
		blocks = r.withText(blocks, in.Text)
	}
	if !visible(blocks) {
		blocks = nil
	}
	blocks = r.called(blocks)
	if in.Room != nil {
		blocks = append(blocks, r.huddle(in)...)
	}
	for _, attachment := range in.Attachments {
		if !isPreview(attachment) {
			blocks = append(blocks, r.attachment(attachment)...)
		}
	}
	if len(blocks) == 0 {
		blocks = r.fileBlocks(in.Blocks)
	}
	if len(blocks) > 0 {
		return blocks
	}
	for _, preview := range in.Attachments {
		blocks = append(blocks, r.attachment(preview)...)
	}
	return blocks
}

// huddle reads the call that a message is about.
func (r *slackReader) huddle(in Input) []block {
	text := "🎧 huddle started"
	if in.Room.HasEnded {
		text = "🎧 huddle ended"
	}
	runs := plainRuns(text)
	if name := r.label(in.Room.Name); len(name) > 0 {
		runs = join(": ", runs, name)
	}
	return asParagraph(link(firstOf(in.Room.HuddleLink, in.Permalink), runs))
}

// nothing says that there is nothing to read in a message.
func nothing(in Input) string {
	const text = "(a message without anything to read"
	if in.Subtype == "" {
		return text + ")"
	}
	return text + ": " + clean(in.Subtype) + ")"
}

// withText adds the message's text for what the blocks do not show: after them, or in
// their place if it has their words and more.
func (r *slackReader) withText(blocks []block, text string) []block {
	read := r.mrkdwn(text)
	shown, said := wordsOf(toPlain(blocks)), wordsOf(toPlain(read))
	switch {
	case !visible(read) || len(said) > 0 && strings.Contains(phrase(shown), phrase(said)):
		return blocks
	case within(shown, said):
		return read
	}
	return append(blocks, read...)
}

// phrase is words as one text in which no word is part of another.
func phrase(words []string) string { return " " + strings.Join(words, " ") + " " }

// wordsOf is the words of a text.
func wordsOf(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return !isWord(r) })
}

// within says whether all words are in text, in their order.
func within(words, text []string) bool {
	for _, word := range text {
		if len(words) > 0 && words[0] == word {
			words = words[1:]
		}
	}
	return len(words) == 0
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
		case groupMention:
			for _, member := range run.members {
				out.Add(member)
			}
		}
	})
	return out
}
