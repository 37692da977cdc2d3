package slackfmt

import (
	"encoding/json"
	"regexp"
	"slices"
)

// blockKit reads blocks (Slack docs: "Block Kit blocks"). whole is false when
// there is something in them that could not be shown, so that the message's text
// has to replace it.
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

// fileBlocks names the files that a message's blocks show, for a message that says
// nothing else and has no list of its files.
func (r *slackReader) fileBlocks(raw json.RawMessage) []block {
	var out []block
	all, _ := objects(raw)
	for _, b := range all {
		if b.str("type") == "file" {
			name := r.label(firstOf(b.str("external_id"), "file"))
			out = append(out, asParagraph(link(r.target(""), append(plainRuns("📎 "), name...)))...)
		}
	}
	return out
}

// block reads one block. One of a kind that is not known here, or that is not
// made as documented, shows all that can be read in it.
func (r *slackReader) block(b object) []block {
	if r.kinds == nil {
		r.kinds = blockKinds()
	}
	kind, known := r.kinds[b.str("type")]
	if !known {
		return r.anything(b)
	}
	read := kind.read(r, b)
	if len(read) == 0 && !silent(b) {
		return r.anything(b)
	}
	return append(read, r.anything(b.without(kind.keys))...)
}

// blockKind is a kind of block that Slack documents: its reader, and the fields
// that the reader answers for. What else there is in a block is shown behind it.
type blockKind struct {
	read func(*slackReader, object) []block
	keys string
}

// blockKinds is the one table of the kinds (Slack docs: "Block Kit blocks").
func blockKinds() map[string]blockKind {
	line := func(separator string) func(*slackReader, object) []block {
		return func(r *slackReader, b object) []block { return asParagraph(r.mixed(b.list("elements"), separator)) }
	}
	return map[string]blockKind{
		"rich_text":       {func(r *slackReader, b object) []block { return r.richText(b.list("elements")) }, "elements"},
		"section":         {(*slackReader).section, "text fields accessory"},
		"header":          {func(r *slackReader, b object) []block { return asHeading(r.text(b.object("text"))) }, "text"},
		"context":         {line(" "), "elements"},
		"divider":         {func(*slackReader, object) []block { return []block{rule{}} }, ""},
		"image":           {func(r *slackReader, b object) []block { return asParagraph(r.image(b)) }, "title alt_text image_url slack_file fallback"},
		"markdown":        {func(r *slackReader, b object) []block { return r.markdown(b.str("text")) }, "text"},
		"table":           {(*slackReader).table, "rows caption column_settings"},
		"data_table":      {(*slackReader).table, "rows caption page_size"},
		"actions":         {line("  "), "elements"},
		"context_actions": {line("  "), "elements"},
		"video": {
			func(r *slackReader, b object) []block { return asParagraph(r.video(b)) },
			"title title_url video_url thumbnail_url alt_text author_name provider_name provider_icon_url description",
		},
		"file":      {func(*slackReader, object) []block { return nil }, "external_id file source"},
		"call":      {func(r *slackReader, b object) []block { return asParagraph(r.call(b)) }, "call call_id api_decoration_available"},
		"input":     {(*slackReader).input, "label hint element"},
		"container": {(*slackReader).container, "title rich_text_title subtitle icon child_blocks"},
		"card":      {(*slackReader).card, "hero_image icon slack_icon title subtitle body subtext actions"},
		"carousel":  {func(r *slackReader, b object) []block { return r.each(b["elements"]) }, "elements"},
		"plan":      {(*slackReader).plan, "plan_id title tasks"},
		"task_card": {(*slackReader).task, "task_id title details output sources status"},
		"alert":     {(*slackReader).alert, "text level"},
		"data_visualization": {
			(*slackReader).dataVisualization, "title chart",
		},
		"auth_provider": {
			(*slackReader).authProvider,
			"provider_name description connected_identity connected_context accessory auth_url disconnect_url icon_url provider_key",
		},
	}
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

// Pictures are the ids of the files in Slack that the image blocks of a message show.
// What is in the text or at its side, such as a face, is a link in the text only.
func Pictures(in Input) (files []string) {
	all, _ := objects(in.Blocks)
	for _, b := range all {
		file := b.object("slack_file")
		if b.str("type") != "image" {
			continue
		}
		id := file.str("id")
		if found := fileAddress.FindStringSubmatch(file.str("url")); id == "" && found != nil {
			id = found[1]
		}
		if id != "" && !slices.Contains(files, id) {
			files = append(files, id)
		}
	}
	return files
}

// fileAddress is where the content of a file is (Slack docs: file object, url_private).
var fileAddress = regexp.MustCompile(`^https?://[^/]+/files-pri/[A-Z0-9]+-(F[A-Z0-9]+)/`)

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
		return join(" · ", plainRuns(unescaper.Replace(text)), r.rest(cell, "text value style"))
	}
	return lines(r.anything(cell))
}
