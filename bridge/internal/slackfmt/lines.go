package slackfmt

import (
	"strconv"
	"strings"
)

// lines flattens blocks to runs, for places that hold no blocks: each block
// begins a line, and what was structure becomes signs in front of the lines.
func lines(blocks []block) []inline {
	parts := make([][]inline, len(blocks))
	for i, b := range blocks {
		switch b := b.(type) {
		case paragraph:
			parts[i] = b.runs
		case heading:
			parts[i] = styled(b.runs, func(s *style) { s.bold = true })
		case codeBlock:
			parts[i] = codeRuns(strings.TrimSuffix(b.text, "\n"))
		case quote:
			parts[i] = prefixed(lines(b.blocks), "> ", "> ")
		case list:
			parts[i] = listLines(b)
		case table:
			parts[i] = tableLines(b)
		case rule:
			parts[i] = plainRuns(b.plain())
		}
	}
	return join("\n", parts...)
}

func listLines(l list) []inline {
	items := make([][]inline, len(l.items))
	for i, item := range l.items {
		items[i] = prefixed(lines(item), l.marker(i), itemIndent)
	}
	return join("\n", items...)
}

func tableLines(t table) []inline {
	rows := make([][]inline, len(t.rows))
	for i, row := range t.rows {
		for j, cell := range row {
			if j > 0 {
				rows[i] = append(rows[i], inline{text: cellSeparator})
			}
			rows[i] = append(rows[i], cell...)
		}
	}
	return join("\n", rows...)
}

// marker is what precedes the item at index i.
func (l list) marker(i int) string {
	if l.ordered {
		return strconv.Itoa(l.start+i) + ". "
	}
	return "• "
}

// prefixed puts first in front of the first line of runs and rest in front of
// the others.
func prefixed(runs []inline, first, rest string) []inline {
	out := plainRuns(first)
	for _, run := range runs {
		if run.kind == textRun {
			run.text = strings.ReplaceAll(run.text, "\n", "\n"+rest)
		}
		out = append(out, run)
	}
	return out
}
