package slackfmt

import (
	"strings"
	"unicode"

	"github.com/slack-go/slack"
)

func (t table) rich(w *richWriter) {
	w.tables++
	columns := 0
	for _, row := range t.rows {
		columns = max(columns, len(row))
	}
	if w.tables > 1 || len(t.rows) > maxTableRows || columns > maxTableColumns || columns == 0 {
		codeBlock{text: t.aligned()}.rich(w)
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
	elements := sectionElements(runs)
	if len(elements) == 0 {
		return slack.NewTableRawTextCell(" ")
	}
	text, isText := elements[0].(*slack.RichTextSectionTextElement)
	if len(elements) > 1 || !isText || text.Style != nil {
		return slack.NewTableRichTextCell(slack.NewRichTextSection(elements...))
	}
	if strings.TrimSpace(text.Text) == "" {
		return slack.NewTableRawTextCell(" ")
	}
	return slack.NewTableRawTextCell(text.Text)
}

// maxAligned is how wide a column is made at most. What is wider reaches over it.
const maxAligned = 40

// aligned is the table in a fixed width: columns stand under one another, with a
// line under the header.
func (t table) aligned() string {
	cells := make([][]string, len(t.rows))
	var widths []int
	for i, row := range t.rows {
		for j, runs := range row {
			cell := strings.ReplaceAll(plainLine(runs), "\n", " ")
			cells[i] = append(cells[i], cell)
			if j == len(widths) {
				widths = append(widths, 0)
			}
			widths[j] = max(widths[j], min(columns(cell), maxAligned))
		}
	}
	var lines []string
	for i, row := range cells {
		for j, cell := range row {
			row[j] = cell + strings.Repeat(" ", max(0, widths[j]-columns(cell)))
		}
		lines = append(lines, strings.TrimRight(strings.Join(row, cellSeparator), " "))
		if t.header && i == 0 && len(row) > 0 {
			lines = append(lines, underline(widths[:len(row)]))
		}
	}
	return strings.Join(lines, "\n")
}

// underline is the line under columns of the given widths.
func underline(widths []int) string {
	parts := make([]string, len(widths))
	for i, width := range widths {
		parts[i] = strings.Repeat("-", width)
	}
	return strings.Join(parts, "-+-")
}

// columns is how many columns a text takes in a fixed width: the letters of East
// Asia and emoji take two, what joins the letter before it none.
func columns(text string) int {
	n := 0
	for _, r := range text {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana), r >= 0x1F300 && r <= 0x1FAFF:
			n += 2
		default:
			n++
		}
	}
	return n
}
