package slackfmt

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
)

// Limits of Block Kit (Slack docs: "Block Kit blocks", "Table block").
const (
	maxBlocks       = 50
	maxTableRows    = 100
	maxTableColumns = 20
	maxListIndent   = 8
	maxLinkURL      = 3000
)

// richWriter writes a document as Block Kit: rich_text for all but tables and
// rules, which are blocks of their own. A rich_text block is a flat sequence of
// sections, lists, quotes and code, so deeper structure is levelled.
type richWriter struct {
	blocks   []slack.Block
	elements []slack.RichTextElement
	// line holds the paragraphs that go into one section.
	line []inline
	// quoted says that a quote is being written: others than text get a border.
	quoted bool
	tables int
}

// toRich renders a document as blocks.
func toRich(blocks []block) []slack.Block {
	var w richWriter
	w.sequence(blocks)
	w.endBlock()
	return w.blocks
}

func (w *richWriter) sequence(blocks []block) {
	for i, b := range blocks {
		if i > 0 && len(w.line) > 0 {
			gap := "\n"
			if bothParagraphs(blocks[i-1], b) {
				gap = "\n\n"
			}
			w.line = append(w.line, inline{text: gap})
		}
		b.rich(w)
	}
	w.endLine()
}

// endLine makes a section of the lines that wait.
func (w *richWriter) endLine() {
	runs := trimBreak(w.line)
	if w.line = nil; len(runs) == 0 {
		return
	}
	if elements := sectionElements(runs); len(elements) > 0 {
		w.elements = append(w.elements, slack.NewRichTextSection(elements...))
	}
}

// endBlock makes a rich_text block of the elements that wait.
func (w *richWriter) endBlock() {
	w.endLine()
	if len(w.elements) > 0 {
		w.blocks = append(w.blocks, slack.NewRichTextBlock("", w.elements...))
	}
	w.elements = nil
}

func (p paragraph) rich(w *richWriter) { w.line = append(w.line, p.runs...) }

func (h heading) rich(w *richWriter) {
	w.line = append(w.line, styled(h.runs, func(s *style) { s.bold = true })...)
}

func (w *richWriter) border() int {
	if w.quoted {
		return 1
	}
	return 0
}

func (c codeBlock) rich(w *richWriter) {
	w.endLine()
	text := strings.TrimSuffix(c.text, "\n")
	if text == "" {
		return
	}
	w.elements = append(w.elements, &slack.RichTextPreformatted{
		Type:     slack.RTEPreformatted,
		Elements: []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(text, nil)},
		Border:   w.border(), Language: c.language,
	})
}

// rich writes the text of a quote as such and lists and code in it with a
// border; a quote in a quote keeps its marks.
func (q quote) rich(w *richWriter) {
	w.endLine()
	inner := richWriter{quoted: true, tables: 1}
	for _, b := range q.blocks {
		if nested, ok := b.(quote); ok {
			b = paragraph{plainRuns(nested.plain())}
		}
		if _, ok := b.(rule); ok {
			b = paragraph{plainRuns(b.plain())}
		}
		_, text := b.(paragraph)
		_, title := b.(heading)
		if text || title {
			if len(inner.line) > 0 {
				inner.line = append(inner.line, inline{text: "\n"})
			}
			b.rich(&inner)
			continue
		}
		inner.endQuote()
		b.rich(&inner)
		inner.endQuote()
	}
	inner.endQuote()
	w.elements = append(w.elements, inner.elements...)
}

// endQuote makes a rich_text_quote of the lines that wait.
func (w *richWriter) endQuote() {
	elements := sectionElements(trimBreak(w.line))
	if w.line = nil; len(elements) > 0 {
		w.elements = append(w.elements, &slack.RichTextQuote{Type: slack.RTEQuote, Elements: elements})
	}
}

func (l list) rich(w *richWriter) {
	w.endLine()
	w.list(l, 0)
}

// list writes a list and those in it as flat siblings: a list that goes on after
// something nested has an offset.
func (w *richWriter) list(l list, level int) {
	kind := slack.RTEListBullet
	if l.ordered {
		kind = slack.RTEListOrdered
	}
	var open *slack.RichTextList
	for i, item := range l.items {
		if open == nil {
			open = slack.NewRichTextList(kind, min(level, maxListIndent))
			open.Border = w.border()
			if l.ordered {
				open.Offset = max(0, l.start+i-1)
			}
			w.elements = append(w.elements, open)
		}
		text, rest := splitItem(item)
		elements := sectionElements(text)
		if len(elements) == 0 {
			elements = []slack.RichTextSectionElement{slack.NewRichTextSectionTextElement(" ", nil)}
		}
		open.Elements = append(open.Elements, slack.NewRichTextSection(elements...))
		for _, b := range rest {
			open = nil
			w.inItem(b, level)
		}
	}
}

// splitItem divides an item into the lines it begins with and what follows.
func splitItem(item []block) (text []inline, rest []block) {
	n := 0
	for n < len(item) {
		switch item[n].(type) {
		case paragraph, heading:
			n++
			continue
		}
		break
	}
	return merge(lines(item[:n])), item[n:]
}

// inItem writes a block inside a list's item.
func (w *richWriter) inItem(b block, level int) {
	switch b := b.(type) {
	case list:
		w.list(b, level+1)
	case codeBlock:
		b.rich(w)
	default:
		w.line = lines([]block{b})
		w.endLine()
	}
}

func (t table) rich(w *richWriter) {
	w.tables++
	columns := 0
	for _, row := range t.rows {
		columns = max(columns, len(row))
	}
	if w.tables > 1 || len(t.rows) > maxTableRows || columns > maxTableColumns || columns == 0 {
		codeBlock{text: t.plain()}.rich(w)
		return
	}
	w.endBlock()
	out := slack.NewTableBlock("")
	for i, row := range t.rows {
		cells := make([]slack.TableCell, columns)
		for j := range cells {
			var runs []inline
			if j < len(row) {
				runs = row[j]
			}
			if t.header && i == 0 {
				runs = styled(runs, func(s *style) { s.bold = true })
			}
			cells[j] = tableCell(runs)
		}
		out.AddRow(cells...)
	}
	w.blocks = append(w.blocks, out)
}

// tableCell is plain where it can be; Slack wants some text in each.
func tableCell(runs []inline) slack.TableCell {
	if elements := sectionElements(runs); len(elements) > 1 || (len(elements) == 1 && needsRich([]block{paragraph{runs}})) {
		return slack.NewTableRichTextCell(slack.NewRichTextSection(elements...))
	}
	text := runsText(runs)
	if strings.TrimSpace(text) == "" {
		text = " "
	}
	return slack.NewTableRawTextCell(text)
}

func (rule) rich(w *richWriter) {
	w.endBlock()
	w.blocks = append(w.blocks, slack.NewDividerBlock())
}

// sectionElements writes runs as the inline elements of rich_text. Text in it is
// literal, so bare addresses become links and known `:names:` emoji here.
func sectionElements(runs []inline) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	for _, run := range merge(runs) {
		look := richStyle(run.style)
		switch {
		case run.kind == userMention && run.id != "":
			out = append(out, slack.NewRichTextSectionUserElement(run.id, look))
		case run.kind == channelMention && run.id != "":
			out = append(out, slack.NewRichTextSectionChannelElement(run.id, look))
		case run.kind == broadcast:
			out = append(out, slack.NewRichTextSectionBroadcastElement(run.id))
		case run.kind == textRun && run.url != "" && utf8.RuneCountInString(run.url) <= maxLinkURL:
			text := shown(run)
			if text == run.url {
				text = ""
			}
			out = append(out, slack.NewRichTextSectionLinkElement(run.url, text, look))
		case run.style.code:
			out = append(out, slack.NewRichTextSectionTextElement(shown(run), look))
		default:
			out = append(out, literal(shown(run), look)...)
		}
	}
	return out
}

func richStyle(s style) *slack.RichTextSectionTextStyle {
	out := slack.RichTextSectionTextStyle{
		Bold: s.bold, Italic: s.italic, Strike: s.strike, Code: s.code, Underline: s.underline,
	}
	if out == (slack.RichTextSectionTextStyle{}) {
		return nil
	}
	return &out
}

// bareAddress finds what Slack would make a link of in plain text.
var bareAddress = regexp.MustCompile(`https?://[^\s<>"]+[^\s<>".,;:!?'()\[\]{}*_~]`)

// literal writes text that has no link of its own.
func literal(text string, look *slack.RichTextSectionTextStyle) []slack.RichTextSectionElement {
	var out []slack.RichTextSectionElement
	last := 0
	for _, at := range bareAddress.FindAllStringIndex(text, -1) {
		if last < at[0] {
			out = append(out, slack.NewRichTextSectionTextElement(expandEmoji(text[last:at[0]]), look))
		}
		out = append(out, slack.NewRichTextSectionLinkElement(text[at[0]:at[1]], "", look))
		last = at[1]
	}
	if last < len(text) {
		out = append(out, slack.NewRichTextSectionTextElement(expandEmoji(text[last:]), look))
	}
	return out
}

// needsRich says whether Slack's text alone would show a document wrongly:
// where there is formatting, and where a Matrix user typed characters that Slack
// would take for it.
func needsRich(blocks []block) bool {
	for _, b := range blocks {
		p, ok := b.(paragraph)
		if !ok {
			return true
		}
		for _, run := range p.runs {
			if richStyle(run.style) != nil || run.style.spoiler || (run.kind == textRun && run.url != "" && run.url != run.text) {
				return true
			}
		}
		text := typed(p.runs)
		if strings.ContainsAny(text, "*_~`") || strings.HasPrefix(text, ">") || strings.Contains(text, "\n>") {
			return true
		}
	}
	return false
}

// typed is the text in runs that Slack would look for markup in.
func typed(runs []inline) string {
	var b strings.Builder
	for _, run := range runs {
		if run.id == "" && run.url == "" {
			b.WriteString(shown(run))
		} else {
			b.WriteRune(placeholder)
		}
	}
	return b.String()
}
