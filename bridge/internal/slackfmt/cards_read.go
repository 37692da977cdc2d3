package slackfmt

// container reads blocks that are grouped under a title (Slack docs: "Container
// block").
func (r *slackReader) container(b object) []block {
	title := lines(r.block(b.object("rich_text_title")))
	if b["rich_text_title"] == nil {
		title = r.words(b["title"])
	}
	out := append(asHeading(title), asParagraph(r.words(b["subtitle"]))...)
	return append(out, r.each(b["child_blocks"])...)
}

// card reads a picture, a few texts and buttons (Slack docs: "Card block").
func (r *slackReader) card(b object) []block {
	var out []block
	if b["hero_image"] != nil {
		out = asParagraph(r.image(b.object("hero_image")))
	}
	out = append(out, asHeading(r.words(b["title"]))...)
	for _, key := range []string{"subtitle", "body", "subtext"} {
		out = append(out, asParagraph(r.words(b[key]))...)
	}
	return append(out, asParagraph(r.mixed(b.list("actions"), "  "))...)
}

// plan reads a list of tasks (Slack docs: "Plan block").
func (r *slackReader) plan(b object) []block {
	out := asHeading(r.words(b["title"]))
	for _, task := range b.list("tasks") {
		if task["type"] == nil {
			task = task.without("")
			task["type"] = "task_card"
		}
		out = append(out, r.nested(task)...)
	}
	return out
}

// task reads what an agent does, how far it is, what came of it and what it was
// made from (Slack docs: "Task card block").
func (r *slackReader) task(b object) []block {
	mark := map[string]string{"in_progress": "⏳ ", "complete": "☑ ", "error": "⚠ "}[b.str("status")]
	if mark == "" {
		mark = "☐ "
	}
	title := styled(r.words(b["title"]), func(s *style) { s.bold = true })
	if len(title) == 0 && b["details"] == nil && b["output"] == nil && b["sources"] == nil {
		return nil
	}
	out := asParagraph(append(plainRuns(mark), title...))
	for _, key := range []string{"details", "output"} {
		out = append(out, r.field(b, key)...)
	}
	return append(out, asParagraph(r.mixed(b.list("sources"), " · "))...)
}

// alert reads a notice of some weight (Slack docs: "Alert block").
func (r *slackReader) alert(b object) []block {
	text := r.words(b["text"])
	mark := map[string]string{"info": "ℹ ", "warning": "⚠ ", "error": "❗ ", "success": "✅ "}[b.str("level")]
	if len(text) == 0 {
		return nil
	}
	return asParagraph(append(plainRuns(mark), text...))
}

// authProvider reads an account elsewhere that may be connected (Slack docs:
// "Auth provider block").
func (r *slackReader) authProvider(b object) []block {
	name := r.words(b["provider_name"])
	if len(name) == 0 {
		return nil
	}
	out := asParagraph(link(b.str("auth_url"), name))
	for _, key := range []string{"description", "connected_identity", "connected_context"} {
		out = append(out, asParagraph(r.words(b[key]))...)
	}
	return append(out, asParagraph(r.part(b.object("accessory")))...)
}

// words reads a short text, which is given as a text object, as rich_text or as a
// plain string.
func (r *slackReader) words(value any) []inline {
	switch value := value.(type) {
	case string:
		return r.label(value)
	case map[string]any:
		return lines(r.nested(value))
	}
	return nil
}
