package slackfmt

import (
	"strings"

	"maunium.net/go/mautrix/id"
)

// style is how a run of text looks. The zero value is plain text.
type style struct {
	bold, italic, strike, code, underline bool
	// spoiler hides the run until it is asked for; reason says why, if given.
	spoiler bool
	reason  string
	// color and background are `#rrggbb` or "".
	color, background string
}

// inlineKind says what an inline is.
type inlineKind uint8

const (
	// textRun is literal text; "\n" is a line break. url makes it a link.
	textRun inlineKind = iota
	// userMention names a person: id is the Slack user id ("" for people of
	// Matrix only), url the matrix.to link ("" when they have none).
	userMention
	// channelMention names a channel: id is the Slack channel id, url a link.
	channelMention
	// groupMention names a user group: id is the Slack id, members whom it notifies
	// in Matrix.
	groupMention
	// broadcast addresses everybody: id is here, channel or everyone.
	broadcast
	// picture is an inline image: url is where it is, text what it shows, id the name of
	// the workspace's own emoji that it is in Slack, or "".
	picture
)

// inline is one run of a line. text is always what people read for it.
type inline struct {
	kind  inlineKind
	text  string
	id    string
	url   string
	style style
	// members are those of a group.
	members []id.UserID
	// quiet marks a mention that names a person without notifying them.
	quiet bool
}

// atomic says whether the run has to stay in one piece.
func (in inline) atomic() bool { return in.kind != textRun }

// block is one element of a document. Its methods live in the file of the
// writer that they belong to; cut and loosen are in split.go.
type block interface {
	// html writes the block as Matrix HTML; tight leaves out a paragraph's tag.
	html(w *htmlWriter, tight bool)
	// plain is the block for people whose client shows no HTML.
	plain() string
	// mrkdwn is the block as Slack's text.
	mrkdwn() string
	// rich writes the block as Block Kit.
	rich(w *richWriter)
	// cut divides the block: head is the longest part that fits accepts, tail
	// the rest. ok is false when no part of it fits.
	cut(fits func(block) bool) (head block, tail []block, ok bool)
}

// The blocks of a document.
type (
	// paragraph is lines of text.
	paragraph struct{ runs []inline }
	// heading is a line of level 1 to 6.
	heading struct {
		level int
		runs  []inline
	}
	// codeBlock is literal text in a fixed width, in a language or "".
	codeBlock struct{ text, language string }
	// quote is what another person said.
	quote struct{ blocks []block }
	// list is bullets, or numbers counted from start.
	list struct {
		ordered bool
		start   int
		items   [][]block
	}
	// table is rows of cells; header says that the first row names the columns.
	table struct {
		header bool
		rows   [][][]inline
	}
	// rule is a line across.
	rule struct{}
)

// plainRuns makes runs of literal text, none for "".
func plainRuns(text string) []inline {
	if text == "" {
		return nil
	}
	return []inline{{text: text}}
}

// runsText is what people read in runs.
func runsText(runs []inline) string {
	var b strings.Builder
	for _, run := range runs {
		b.WriteString(run.text)
	}
	return b.String()
}

// styled returns runs with change applied to the style of each.
func styled(runs []inline, change func(*style)) []inline {
	out := make([]inline, len(runs))
	for i, run := range runs {
		change(&run.style)
		out[i] = run
	}
	return out
}

// join puts the runs of parts after one another with separator between those
// that are not empty.
func join(separator string, parts ...[]inline) []inline {
	var out []inline
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if len(out) > 0 {
			out = append(out, inline{text: separator})
		}
		out = append(out, part...)
	}
	return out
}

// merge joins neighbouring text runs of the same look and drops empty ones.
func merge(runs []inline) []inline {
	out := make([]inline, 0, len(runs))
	for i := 0; i < len(runs); {
		end := i + 1
		for end < len(runs) && runs[i].sameLook(runs[end]) {
			end++
		}
		run := runs[i]
		if end > i+1 {
			run.text = runsText(runs[i:end])
		}
		if run.kind != textRun || run.text != "" {
			out = append(out, run)
		}
		i = end
	}
	return out
}

// sameLook says whether two runs of text could be one.
func (in inline) sameLook(other inline) bool {
	return in.kind == textRun && other.kind == textRun && in.style == other.style && in.url == other.url
}

// trimLines removes spaces and newlines at both ends of runs of text.
func trimLines(runs []inline) []inline {
	runs = merge(runs)
	for len(runs) > 0 && runs[0].kind == textRun {
		if runs[0].text = strings.TrimLeft(runs[0].text, " \t\n"); runs[0].text != "" {
			break
		}
		runs = runs[1:]
	}
	for n := len(runs); n > 0 && runs[n-1].kind == textRun; n = len(runs) {
		if runs[n-1].text = strings.TrimRight(runs[n-1].text, " \t\n"); runs[n-1].text != "" {
			break
		}
		runs = runs[:n-1]
	}
	return runs
}

// trimBreak removes one newline at the end of runs, the one that a block which
// follows makes anyway.
func trimBreak(runs []inline) []inline {
	runs = merge(runs)
	if n := len(runs); n > 0 && runs[n-1].kind == textRun {
		runs[n-1].text = strings.TrimSuffix(runs[n-1].text, "\n")
	}
	return merge(runs)
}

// clean makes text fit for an event: valid UTF-8 without control characters,
// which servers and clients refuse or trip over.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "\ufffd"))
}
