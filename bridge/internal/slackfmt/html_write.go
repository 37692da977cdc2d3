package slackfmt

import (
	"html"
	"strconv"
	"strings"
)

// htmlWriter writes the subset of HTML that the Matrix specification lets
// clients show (client-server API, "m.room.message msgtypes"). Every text passes
// through escaper and every attribute value through html.EscapeString.
type htmlWriter struct {
	b    strings.Builder
	open []tag
}

// tag is an element that is open: its name and its attributes as written.
type tag struct{ name, attributes string }

// toHTML renders a document.
func toHTML(blocks []block) string {
	var w htmlWriter
	w.blocks(blocks)
	return w.b.String()
}

// blocks writes a sequence; a paragraph that stands alone among other kinds of
// blocks needs no tag of its own.
func (w *htmlWriter) blocks(blocks []block) {
	paragraphs := 0
	for _, b := range blocks {
		if _, ok := b.(paragraph); ok {
			paragraphs++
		}
	}
	for _, b := range blocks {
		b.html(w, paragraphs < 2)
	}
}

// element writes content between a start and an end tag.
func (w *htmlWriter) element(name, attributes string, content func()) {
	w.b.WriteString("<" + name + attributes + ">")
	content()
	w.b.WriteString("</" + name + ">")
}

func (p paragraph) html(w *htmlWriter, tight bool) {
	if tight {
		w.runs(p.runs)
		return
	}
	w.element("p", "", func() { w.runs(p.runs) })
}

func (h heading) html(w *htmlWriter, _ bool) {
	w.element("h"+strconv.Itoa(h.level), "", func() { w.runs(h.runs) })
}

func (c codeBlock) html(w *htmlWriter, _ bool) {
	class := ""
	if c.language != "" {
		class = ` class="language-` + html.EscapeString(c.language) + `"`
	}
	w.element("pre", "", func() {
		w.element("code", class, func() { w.b.WriteString(escaper.Replace(c.text)) })
	})
}

func (q quote) html(w *htmlWriter, _ bool) {
	w.element("blockquote", "", func() { w.blocks(q.blocks) })
}

func (l list) html(w *htmlWriter, _ bool) {
	name, attributes := "ul", ""
	if l.ordered {
		name = "ol"
		if l.start != 1 {
			attributes = ` start="` + strconv.Itoa(l.start) + `"`
		}
	}
	w.element(name, attributes, func() {
		for _, item := range l.items {
			w.element("li", "", func() { w.blocks(item) })
		}
	})
}

func (t table) html(w *htmlWriter, _ bool) {
	w.element("table", "", func() {
		rows := t.rows
		if t.header && len(rows) > 0 {
			w.element("thead", "", func() { w.row("th", rows[0]) })
			rows = rows[1:]
		}
		if len(rows) > 0 {
			w.element("tbody", "", func() {
				for _, row := range rows {
					w.row("td", row)
				}
			})
		}
	})
}

func (w *htmlWriter) row(cell string, row [][]inline) {
	w.element("tr", "", func() {
		for _, runs := range row {
			w.element(cell, "", func() { w.runs(runs) })
		}
	})
}

func (rule) html(w *htmlWriter, _ bool) { w.b.WriteString("<hr>") }

// runs writes a line. Tags nest in one fixed order, and those that neighbouring
// runs share stay open between them.
func (w *htmlWriter) runs(runs []inline) {
	for _, run := range runs {
		w.reopen(tagsOf(run))
		switch {
		case run.kind == picture:
			w.picture(run)
		case run.atomic() && run.url != "":
			w.element("a", ` href="`+html.EscapeString(run.url)+`"`, func() { w.text(run.text) })
		default:
			w.text(run.text)
		}
	}
	w.reopen(nil)
}

func (w *htmlWriter) text(text string) {
	w.b.WriteString(strings.ReplaceAll(escaper.Replace(text), "\n", "<br>"))
}

func (w *htmlWriter) picture(run inline) {
	text := html.EscapeString(run.text)
	w.b.WriteString(`<img data-mx-emoticon src="` + html.EscapeString(run.url) +
		`" alt="` + text + `" title="` + text + `" height="32">`)
}

// reopen closes what is open beyond want and opens what is missing of it.
func (w *htmlWriter) reopen(want []tag) {
	same := 0
	for same < len(want) && same < len(w.open) && want[same] == w.open[same] {
		same++
	}
	for i := len(w.open) - 1; i >= same; i-- {
		w.b.WriteString("</" + w.open[i].name + ">")
	}
	for _, t := range want[same:] {
		w.b.WriteString("<" + t.name + t.attributes + ">")
	}
	w.open = append(w.open[:same], want[same:]...)
}

// tagsOf lists the tags of a run from the outermost to the innermost.
func tagsOf(run inline) []tag {
	var tags []tag
	s := run.style
	if run.url != "" && run.kind == textRun {
		tags = append(tags, tag{"a", ` href="` + html.EscapeString(run.url) + `"`})
	}
	if span := spanAttributes(s); span != "" {
		tags = append(tags, tag{"span", span})
	}
	for _, t := range []struct {
		on   bool
		name string
	}{{s.bold, "strong"}, {s.italic, "em"}, {s.underline, "u"}, {s.strike, "del"}, {s.code, "code"}} {
		if t.on {
			tags = append(tags, tag{name: t.name})
		}
	}
	return tags
}

func spanAttributes(s style) string {
	out := ""
	switch {
	case s.spoiler && s.reason != "":
		out += ` data-mx-spoiler="` + html.EscapeString(s.reason) + `"`
	case s.spoiler:
		out += ` data-mx-spoiler`
	}
	if s.color != "" {
		out += ` data-mx-color="` + html.EscapeString(s.color) + `"`
	}
	if s.background != "" {
		out += ` data-mx-bg-color="` + html.EscapeString(s.background) + `"`
	}
	return out
}

// needsHTML says whether a document shows more than its plain body can.
func needsHTML(blocks []block) bool {
	for _, b := range blocks {
		p, ok := b.(paragraph)
		if !ok {
			return true
		}
		for _, run := range p.runs {
			if run.style != (style{}) || (run.url != "" && run.url != run.text) {
				return true
			}
		}
	}
	return false
}
