package slackfmt

// mixed reads the elements of a context or actions block into one line.
func (r *slackReader) mixed(elements []object, separator string) []inline {
	parts := make([][]inline, len(elements))
	for i, element := range elements {
		parts[i] = r.part(element)
	}
	return join(separator, parts...)
}

// part reads one element of a block: a text, an image, or a control that shows
// as its label (and what is chosen), linked where it has an address (Slack docs:
// "Block Kit elements").
func (r *slackReader) part(e object) []inline {
	switch e.str("type") {
	case "":
		return nil
	case "mrkdwn", "plain_text":
		return r.text(e)
	case "image":
		return r.image(e)
	case "button", "workflow_button", "icon_button":
		return button(e, r.text(e.object("text")))
	case "feedback_buttons":
		return join(" ", button(e, r.text(e.object("positive_button").object("text"))),
			button(e, r.text(e.object("negative_button").object("text"))))
	case "checkboxes", "radio_buttons":
		return r.choices(e)
	case "overflow":
		return plainRuns("[…]")
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		return r.elements(e)
	}
	return r.field(e)
}

// button is a label in brackets, which tells it from text.
func button(e object, label []inline) []inline {
	if len(label) == 0 {
		return nil
	}
	label = append(append(plainRuns("["), label...), inline{text: "]"})
	if address := e.str("url"); address != "" {
		return link(address, label)
	}
	return label
}

// choices lists what can be ticked and what is.
func (r *slackReader) choices(e object) []inline {
	chosen := map[string]bool{e.object("initial_option").str("value"): true}
	for _, option := range e.list("initial_options") {
		chosen[option.str("value")] = true
	}
	var lines [][]inline
	for _, option := range e.list("options") {
		mark := "☐ "
		if chosen[option.str("value")] {
			mark = "☑ "
		}
		lines = append(lines, append(plainRuns(mark), r.text(option.object("text"))...))
	}
	return join("\n", lines...)
}

// field is a control in which something is chosen or typed: what is in it, else
// what it asks for.
func (r *slackReader) field(e object) []inline {
	for _, key := range []string{"initial_option", "placeholder", "text"} {
		o := e.object(key)
		if inner := o.object("text"); inner != nil {
			o = inner
		}
		if runs := r.text(o); len(runs) > 0 {
			return button(e, runs)
		}
	}
	if value := e.first("initial_value", "initial_date", "initial_time"); value != "" {
		return button(e, plainRuns(value))
	}
	return lines(r.anything(e, maxDepth))
}

// readable are the fields in which blocks that are not known here keep what
// people read, in the order in which they are shown.
var readable = [...]string{
	"title", "subtitle", "label", "header", "text", "body", "subtext", "description", "details", "value",
	"alt_text", "caption", "content", "fields", "elements", "blocks", "items", "cards", "tasks", "columns",
	"accessory", "element", "footer", "fallback",
}

// anything collects the texts in a block or element whose type is not known.
func (r *slackReader) anything(o object, depth int) []block {
	var out []block
	for _, key := range readable {
		switch value := o[key].(type) {
		case string:
			out = append(out, asParagraph(r.line(value))...)
		case map[string]any:
			out = append(out, r.nested(value, depth)...)
		case []any:
			for _, item := range toObjects(value) {
				out = append(out, r.nested(item, depth)...)
			}
		}
	}
	return out
}

// nested reads an object inside an unknown one: a text object, a block or an
// element, or something as unknown as that.
func (r *slackReader) nested(o object, depth int) []block {
	if depth == 0 {
		return nil
	}
	switch o.str("type") {
	case "mrkdwn", "plain_text":
		return r.paragraphs(o)
	case "rich_text", "section", "header", "context", "image", "markdown", "table", "actions", "video":
		return r.block(o)
	case "text", "link", "emoji", "user", "channel", "usergroup", "broadcast", "date":
		return asParagraph(r.element(o))
	case "button", "checkboxes", "radio_buttons":
		return asParagraph(r.part(o))
	}
	return r.anything(o, depth-1)
}
