package slackfmt

import (
	"strings"
	"unicode/utf8"

	"maunium.net/go/mautrix/event"
)

// MaxSlackChars is how long a text may be that chat.update still takes (Slack
// docs: chat.update, msg_too_long); chat.postMessage takes ten times that, but
// what is posted has to stay editable.
const MaxSlackChars = 4000

// leastSlackChars keeps a small limit from making a piece of every letter.
const leastSlackChars = 64

// SplitForSlack translates the text of a Matrix message as [ToSlack] does and
// divides it into messages of at most maxChars characters of text each, with
// blocks within Block Kit's limits. Slack does not say how it counts: characters
// are taken to be Unicode code points of the text as it is sent, `&amp;` being
// five. Code is fenced again in each piece and numbering goes on. Pieces of
// nothing but white space are left out, since Slack refuses them. There are no
// pieces of a content for which [Sendable] returns an error, and some of every
// other.
//
// For a body without HTML and without mentions the texts joined give the whole,
// escaped, exactly.
func SplitForSlack(content *event.MessageEventContent, resolve FromMatrix, maxChars int) []Message {
	maxChars = max(maxChars, leastSlackChars)
	parts := split(readMatrix(content, resolve), func(blocks []block) bool {
		return fitsSlack(blocks, maxChars)
	})
	var out []Message
	for _, part := range parts {
		if message := toMessage(part); strings.TrimSpace(message.Text) != "" {
			out = append(out, message)
		}
	}
	return out
}

func fitsSlack(blocks []block, maxChars int) bool {
	tables, dividers := 0, 0
	for _, b := range blocks {
		switch b := b.(type) {
		case table:
			tables++
			if len(b.rows) > maxTableRows {
				return false
			}
		case rule:
			dividers++
		}
	}
	// Each of them may have a rich_text block before and after it.
	return 2*(tables+dividers)+1 <= maxBlocks && tables <= 1 && utf8.RuneCountInString(toMrkdwn(blocks)) <= maxChars
}
