package slackfmt

import "github.com/slack-go/slack"

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
	case rule:
		w.line = lines([]block{b})
		w.endLine()
	default:
		b.rich(w)
		w.endLine()
	}
}
