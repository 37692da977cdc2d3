package slackfmt

import "strings"

// Signs of structure in plain text.
const (
	itemIndent    = "    "
	cellSeparator = " | "
)

// toPlain renders a document for a client that shows no HTML, and for
// notifications: no markers around words, but structure that can be read.
func toPlain(blocks []block) string {
	return stack(blocks, block.plain)
}

// stack writes blocks under one another: a blank line between two paragraphs, a
// new line elsewhere.
func stack(blocks []block, write func(block) string) string {
	var b strings.Builder
	for i, blk := range blocks {
		if i > 0 {
			b.WriteString("\n")
			if bothParagraphs(blocks[i-1], blk) {
				b.WriteString("\n")
			}
		}
		b.WriteString(write(blk))
	}
	return b.String()
}

func bothParagraphs(a, b block) bool {
	_, first := a.(paragraph)
	_, second := b.(paragraph)
	return first && second
}

// indent puts first in front of the first line of text and rest in front of the
// others.
func indent(text, first, rest string) string {
	return first + strings.ReplaceAll(text, "\n", "\n"+rest)
}

func (p paragraph) plain() string { return plainLine(p.runs) }

func (h heading) plain() string { return plainLine(h.runs) }

func (c codeBlock) plain() string {
	return "```" + c.language + "\n" + strings.TrimSuffix(c.text, "\n") + "\n```"
}

func (q quote) plain() string { return indent(toPlain(q.blocks), "> ", "> ") }

func (l list) plain() string { return l.lines(toPlain) }

func (t table) plain() string { return t.lines(plainLine) }

func (rule) plain() string { return "---" }

// lines renders a list with a marker in front of each item.
func (l list) lines(write func([]block) string) string {
	lines := make([]string, len(l.items))
	for i, item := range l.items {
		lines[i] = indent(write(item), l.marker(i), itemIndent)
	}
	return strings.Join(lines, "\n")
}

// lines renders a table with bars between the cells of a row.
func (t table) lines(write func([]inline) string) string {
	lines := make([]string, len(t.rows))
	for i, row := range t.rows {
		cells := make([]string, len(row))
		for j, runs := range row {
			cells[j] = strings.ReplaceAll(write(runs), "\n", " ")
		}
		lines[i] = strings.Join(cells, cellSeparator)
	}
	return strings.Join(lines, "\n")
}

// plainLine writes runs; a link whose text is not its address has the address
// after it.
func plainLine(runs []inline) string {
	var b strings.Builder
	for i, run := range runs {
		b.WriteString(run.text)
		if run.kind != textRun || run.url == "" {
			continue
		}
		if i+1 < len(runs) && runs[i+1].kind == textRun && runs[i+1].url == run.url {
			continue
		}
		if text := linkText(runs, i); text != run.url && "mailto:"+text != run.url {
			b.WriteString(" (" + run.url + ")")
		}
	}
	return b.String()
}

// linkText is the text of the link whose last run is at index last.
func linkText(runs []inline, last int) string {
	first := last
	for first > 0 && runs[first-1].kind == textRun && runs[first-1].url == runs[last].url {
		first--
	}
	return runsText(runs[first : last+1])
}
