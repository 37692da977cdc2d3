package slackfmt

import (
	"encoding/json"
	"strings"
)

// blockKit reads blocks (Slack docs: "Block Kit blocks"). whole is false when a
// block had nothing that could be shown, so that the message's text has to stand
// in.
func (r *slackReader) blockKit(raw json.RawMessage) (out []block, whole bool) {
	all, whole := objects(raw)
	for _, b := range all {
		read := r.block(b)
		if len(read) == 0 && !silent(b) {
			whole = false
		}
		out = append(out, read...)
	}
	return out, whole
}

// silent says whether a block shows nothing by its nature: files come with the
// message's files, and an empty rich_text is an empty line.
func silent(b object) bool {
	switch b.str("type") {
	case "file", "rich_text":
		return true
	}
	return false
}

// block reads one block. What is not listed shows the texts found in it.
func (r *slackReader) block(b object) []block {
	switch b.str("type") {
	case "rich_text":
		return r.richText(b.list("elements"))
	case "section":
		return r.section(b)
	case "header":
		return asHeading(r.text(b.object("text")))
	case "context":
		return asParagraph(r.mixed(b.list("elements"), " "))
	case "divider":
		return []block{rule{}}
	case "image":
		return asParagraph(r.image(b))
	case "markdown":
		return r.markdown(b.str("text"))
	case "table", "data_table":
		return r.table(b)
	case "actions", "context_actions":
		return asParagraph(r.mixed(b.list("elements"), "  "))
	case "video":
		return asParagraph(r.video(b))
	case "file":
		return nil
	case "call":
		return asParagraph(r.call(b))
	case "input":
		return r.input(b)
	}
	return r.anything(b, maxDepth)
}

func asParagraph(runs []inline) []block {
	if runs = trimLines(runs); len(runs) == 0 {
		return nil
	}
	return []block{paragraph{runs}}
}

func asHeading(runs []inline) []block {
	if runs = trimLines(runs); len(runs) == 0 {
		return nil
	}
	return []block{heading{level: 3, runs: runs}}
}

// text reads a text object, which is mrkdwn or plain.
func (r *slackReader) text(o object) []inline {
	if o.str("type") == "mrkdwn" {
		return r.line(o.str("text"))
	}
	return plainRuns(expandEmoji(unescaper.Replace(o.str("text"))))
}

// paragraphs reads a text object that may hold quotes and code.
func (r *slackReader) paragraphs(o object) []block {
	if o.str("type") == "mrkdwn" {
		return r.mrkdwn(o.str("text"))
	}
	return asParagraph(r.text(o))
}

// section is text, up to ten short fields, and one element at its side.
func (r *slackReader) section(b object) []block {
	out := r.paragraphs(b.object("text"))
	for _, field := range b.list("fields") {
		out = append(out, r.paragraphs(field)...)
	}
	return append(out, asParagraph(r.part(b.object("accessory")))...)
}

// input is a labelled field of a form.
func (r *slackReader) input(b object) []block {
	label := styled(r.text(b.object("label")), func(s *style) { s.bold = true })
	line := join(" ", label, r.part(b.object("element")))
	return asParagraph(join("\n", line, r.text(b.object("hint"))))
}

// image is a link to the picture.
func (r *slackReader) image(b object) []inline {
	title := r.text(b.object("title"))
	if len(title) == 0 {
		title = plainRuns(b.first("title", "alt_text"))
	}
	address := b.str("image_url")
	if address == "" {
		address = b.object("slack_file").first("url", "url_private")
	}
	if len(title) == 0 && address == "" {
		return nil
	}
	return link(address, title)
}

// video is a link to where it plays, and what is said about it.
func (r *slackReader) video(b object) []inline {
	title := r.text(b.object("title"))
	if len(title) == 0 {
		title = plainRuns(b.str("alt_text"))
	}
	by := plainRuns(strings.Trim(b.str("provider_name")+" · "+b.str("author_name"), " ·"))
	return join("\n", link(b.first("title_url", "video_url"), title), by, r.text(b.object("description")))
}

// call is an invitation to a call.
func (r *slackReader) call(b object) []inline {
	details := b.object("call").object("v1")
	name := details.first("name", "title", "display_id")
	if name == "" {
		name = "call"
	}
	return link(details.first("join_url", "desktop_app_join_url"), plainRuns("📞 "+name))
}

// table reads rows of cells; the first row names the columns.
func (r *slackReader) table(b object) []block {
	t := table{header: true}
	rows, _ := b["rows"].([]any)
	for _, row := range rows {
		cells, _ := row.([]any)
		line := make([][]inline, len(cells))
		for i, cell := range cells {
			value, _ := cell.(map[string]any)
			line[i] = r.cell(value)
		}
		if len(line) > 0 {
			t.rows = append(t.rows, line)
		}
	}
	if len(t.rows) == 0 {
		return r.anything(b, maxDepth)
	}
	caption := asParagraph(plainRuns(b.str("caption")))
	return append(caption, t)
}

func (r *slackReader) cell(cell object) []inline {
	if cell.str("type") != "rich_text" {
		return plainRuns(unescaper.Replace(cell.first("text", "value")))
	}
	var lines [][]inline
	for _, element := range cell.list("elements") {
		lines = append(lines, r.element(element))
	}
	return trimLines(join("\n", lines...))
}
