package slackfmt

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Message is what chat.postMessage and chat.update take.
type Message struct {
	// Text is escaped mrkdwn. With Blocks it is what notifications and search
	// show, without it is the message.
	Text string
	// Blocks shows the formatting, and is nil where Text alone shows everything.
	Blocks []slack.Block
}

// ToSlack translates the text of a Matrix message, of any length; use
// [SplitForSlack] for what is to be posted. The formatted body counts, else the
// body; of media it is the caption. Of an edit pass the new content.
//
// What people typed is literal: `*stars*` stay stars and `<!channel>` pings
// no one. Zero-width characters would do that too, but stay in what is copied
// from Slack, break commands and code, and would come back as an edit; so a
// message that holds such characters is sent as rich_text, where text is literal.
//
// Users, rooms, aliases and the handles of user groups become mentions by resolve,
// links to events that are in Slack links to their messages. Where m.mentions is
// there, only who stands in it is mentioned, others are named. `@room` becomes
// `@channel` only when m.mentions says room; `@here`, `@channel` and `@everyone`, of
// which m.mentions knows nothing, are themselves for a sender who may notify all.
func ToSlack(content *event.MessageEventContent, resolve FromMatrix) Message {
	return toMessage(readMatrix(content, resolve))
}

func toMessage(blocks []block) Message {
	message := Message{Text: clean(toMrkdwn(blocks))}
	if needsRich(blocks) {
		message.Blocks = toRich(blocks)
	}
	return message
}

// readMatrix makes a document of a Matrix content.
func readMatrix(content *event.MessageEventContent, resolve FromMatrix) []block {
	if resolve == nil {
		resolve = unknownMatrix{}
	}
	if privateToMatrix(content.MsgType) != "" {
		return nil
	}
	r := &matrixReader{resolve: resolve, mentions: content.Mentions}
	if content.MsgType.IsMedia() && (content.FileName == "" || content.FileName == content.Body) {
		return nil
	}
	blocks := r.text(content)
	if content.MsgType == event.MsgLocation {
		blocks = append(blocks, place(content)...)
	}
	if !visible(blocks) {
		return nil
	}
	return rewrite(blocks, r.mentioned)
}

// text reads the formatted body, or the body where that shows nothing.
func (r *matrixReader) text(content *event.MessageEventContent) []block {
	if content.Format == event.FormatHTML && content.FormattedBody != "" {
		if blocks, err := readHTML(content.FormattedBody, htmlOptions{link: r.link, emoji: r.resolve.Emoji}); err == nil && visible(blocks) {
			return blocks
		}
	}
	body := content.Body
	if content.RelatesTo.GetReplyTo() != "" {
		body = withoutReply(body)
	}
	if body == "" {
		return nil
	}
	return []block{paragraph{plainRuns(body)}}
}

// withoutReply removes the quote that older clients put in front of a reply.
func withoutReply(body string) string {
	if !strings.HasPrefix(body, "> <@") && !strings.HasPrefix(body, "> * <@") {
		return body
	}
	rest := body
	for strings.HasPrefix(rest, ">") {
		_, rest, _ = strings.Cut(rest, "\n")
	}
	return strings.TrimPrefix(rest, "\n")
}

// matrixReader resolves what a Matrix text names.
type matrixReader struct {
	resolve  FromMatrix
	mentions *event.Mentions
}

// link makes a mention of a link to a user or a room of ours.
func (r *matrixReader) link(address string, runs []inline) []inline {
	target, eventID := matrixTarget(address)
	if target == "" {
		return link(address, runs)
	}
	if target[0] == '@' {
		return []inline{r.user(id.UserID(target), runs)}
	}
	if eventID != "" {
		if there := r.resolve.InSlack(target, eventID); linkable(there) {
			return link(there, relabelled(runs, address, there))
		}
	} else if channel := r.resolve.Channel(target); channel != "" {
		return []inline{{kind: channelMention, id: channel, text: runsText(runs), style: lookOfFirst(runs)}}
	}
	if uri, err := id.ParseMatrixURI(address); err == nil {
		address = uri.MatrixToURL()
	}
	return link(address, runs)
}

func (r *matrixReader) user(mxid id.UserID, runs []inline) inline {
	slackID, name := r.resolve.User(mxid)
	run := inline{text: runsText(runs), style: lookOfFirst(runs)}
	if slackID != "" && (r.mentions == nil || r.mentions.Has(mxid)) {
		run.kind, run.id = userMention, slackID
		return run
	}
	if name == "" {
		name = strings.TrimPrefix(run.text, "@")
	}
	if name == "" {
		name = string(mxid)
	}
	run.text = "@" + name
	return run
}

// mentioned makes mentions of what a text names by itself.
func (r *matrixReader) mentioned(runs []inline) []inline {
	return r.everybody(r.groups(r.aliases(r.named(r.addresses(runs)))))
}

// named makes mentions of the ids and names of those whom m.mentions names: that
// is how people mention a person whose client knows no links for it.
func (r *matrixReader) named(runs []inline) []inline {
	for _, call := range r.calls() {
		runs = replaceWord(runs, call.word, func(run inline) inline { return r.user(call.user, []inline{run}) })
	}
	return runs
}

// call is what a person may be called by.
type call struct {
	word string
	user id.UserID
}

// calls are what those are called by whom m.mentions names, the longest first, so
// that no name is taken for a part of another. People who are not in Slack are
// called by their id alone: their name says the same in Slack.
func (r *matrixReader) calls() []call {
	if r.mentions == nil {
		return nil
	}
	var out []call
	for _, user := range r.mentions.UserIDs {
		words := []string{string(user)}
		if slackID, name := r.resolve.User(user); slackID != "" {
			localpart, _, _ := strings.Cut(strings.TrimPrefix(string(user), "@"), ":")
			for _, word := range []string{name, localpart} {
				if utf8.RuneCountInString(word) > 1 && isVisible(word) {
					words = append(words, "@"+word, word)
				}
			}
		}
		for _, word := range words {
			out = append(out, call{word, user})
		}
	}
	slices.SortStableFunc(out, func(a, b call) int { return len(b.word) - len(a.word) })
	return out
}

// replaceWord replaces every occurrence of a word in plain text that is no part of a
// longer one or of an address.
func replaceWord(runs []inline, word string, replace func(inline) inline) []inline {
	var out []inline
	for _, run := range runs {
		if run.kind != textRun || run.url != "" || run.style.code || word == "" {
			out = append(out, run)
			continue
		}
		rest, from := run.text, 0
		for {
			at := strings.Index(rest[from:], word)
			if at < 0 {
				break
			}
			at += from
			end := at + len(word)
			if !standsAlone(rest, at, end) {
				from = end
				continue
			}
			before, found := run, run
			before.text, found.text = rest[:at], word
			out = append(out, before, replace(found))
			rest, from = rest[end:], 0
		}
		run.text = rest
		out = append(out, run)
	}
	return merge(out)
}
