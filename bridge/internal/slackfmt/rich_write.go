package slackfmt

import (
	"strings"

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
		switch b.(type) {
		case quote, rule:
			b = paragraph{lines([]block{b})}
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

func (rule) rich(w *richWriter) {
	w.endBlock()
	w.blocks = append(w.blocks, slack.NewDividerBlock())
}
