package slackfmt

import (
	"strings"

	"github.com/slack-go/slack"
)

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
