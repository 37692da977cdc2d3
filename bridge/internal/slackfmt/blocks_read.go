package slackfmt

import "encoding/json"

// blockKit reads blocks (Slack docs: "Block Kit blocks"). whole is false when
// there is something in them that could not be shown, so that the message's text
// has to stand in.
func (r *slackReader) blockKit(raw json.RawMessage) (out []block, whole bool) {
	all, whole := objects(raw)
	r.partial = false
	for _, b := range all {
		read := r.block(b)
		if len(read) == 0 && !silent(b) {
			whole = false
		}
		out = append(out, read...)
	}
	return out, whole && !r.partial
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

// block reads one block. One of a kind that is not known here, or that is not
// made as documented, shows all that can be read in it.
func (r *slackReader) block(b object) []block {
	if read := r.known(b); len(read) > 0 || silent(b) {
		return read
	}
	return r.anything(b)
}

// known reads a block of a kind that Slack documents.
func (r *slackReader) known(b object) []block {
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
	case "container":
		return r.container(b)
	case "card":
		return r.card(b)
	case "carousel":
		return r.each(b["elements"])
	case "plan":
		return r.plan(b)
	case "task_card":
		return r.task(b)
	case "alert":
		return r.alert(b)
	case "data_visualization":
		return r.dataVisualization(b)
	case "auth_provider":
		return r.authProvider(b)
	}
	return nil
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
		title = r.label(b.first("title", "alt_text"))
	}
	address := b.str("image_url")
	if address == "" {
		address = b.object("slack_file").first("url", "url_private")
	}
	if len(title) == 0 && address == "" {
		if b["slack_file"] == nil {
			return nil
		}
		title = plainRuns("image")
	}
	return link(address, title)
}

// video is a link to where it plays, and what is said about it.
func (r *slackReader) video(b object) []inline {
	title := r.text(b.object("title"))
	if len(title) == 0 {
		title = r.label(b.str("alt_text"))
	}
	by := join(" · ", r.label(b.str("provider_name")), r.label(b.str("author_name")))
	return join("\n", link(b.first("title_url", "video_url"), title), by, r.text(b.object("description")))
}

// call is an invitation to a call.
func (r *slackReader) call(b object) []inline {
	details := b.object("call").object("v1")
	name := r.label(details.first("name", "title", "display_id"))
	if len(name) == 0 {
		name = plainRuns("call")
	}
	return link(details.first("join_url", "desktop_app_join_url"), append(plainRuns("📞 "), name...))
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
		return nil
	}
	return append(asParagraph(r.label(b.str("caption"))), t)
}

func (r *slackReader) cell(cell object) []inline {
	switch cell.str("type") {
	case "rich_text":
		return trimLines(lines(r.richText(cell.list("elements"))))
	case "action_cell":
		if shown := r.part(cell.object("element")); len(shown) > 0 {
			return shown
		}
		return r.cell(cell.object("fallback"))
	}
	if text := cell.first("text", "value"); text != "" {
		return plainRuns(unescaper.Replace(text))
	}
	return lines(r.anything(cell))
}
