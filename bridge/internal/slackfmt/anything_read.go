package slackfmt

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// readable are the fields in which blocks keep what people read, in the order in
// which it is shown. Texts in other fields follow.
var readable = [...]string{
	"rich_text_title", "title", "subtitle", "label", "name", "header", "heading", "pretext", "text", "body", "subtext", "description",
	"details", "value", "alt_text", "caption", "content", "output", "fields", "elements", "blocks", "child_blocks", "items", "cards",
	"tasks", "columns", "rows", "sources", "accessory", "element", "options", "actions", "footer", "fallback",
}

// anything shows all that can be read in a block or element whose kind is not
// known here. It notes when there is more than that.
func (r *slackReader) anything(o object) []block {
	pair, used := r.pair(o)
	out := asParagraph(pair)
	if len(out) > 0 {
		o = o.without(used)
	}
	for _, key := range o.order() {
		switch {
		case address(key):
		case technical(key):
			out = append(out, r.technicalField(o, key)...)
		default:
			out = append(out, r.field(o, key)...)
		}
	}
	return r.addressed(o, out)
}

// technicalField shows a field that is for programs, where it holds more than one value after all.
// A word in it may be one for people: then the message's text has to say it.
func (r *slackReader) technicalField(o object, key string) []block {
	switch value := o[key].(type) {
	case string:
		r.partial = r.partial || !wordless(key) && strings.ContainsFunc(value, unicode.IsLetter)
	case map[string]any, []any:
		if !unshown(key) {
			return r.field(o, key)
		}
	}
	return nil
}

// wordless says whether a field of a text is never for people, whatever it holds.
func wordless(key string) bool {
	switch key {
	case "type", "block_id", "action_id", "style", "color", "icon", "width", "height", "size", "align", "mimetype", "filetype", "timezone":
		return true
	}
	return strings.HasSuffix(key, "_icon")
}

// unshown says whether Slack shows nothing of a field until something is clicked, or only does
// as it says (Slack docs: "Confirmation dialog object", "Conversation filter object").
func unshown(key string) bool {
	return key == "style" || key == "confirm" || key == "filter" || strings.HasSuffix(key, "_settings")
}

// rest is what an object shows besides the fields that are shown already, in one line.
func (r *slackReader) rest(o object, shown string) []inline {
	var parts [][]inline
	for _, b := range r.anything(o.without(shown)) {
		parts = append(parts, lines([]block{b}))
	}
	return join(" · ", parts...)
}

// order is the fields of an object as they are shown.
func (o object) order() []string {
	var keys []string
	for _, key := range readable {
		if o[key] != nil {
			keys = append(keys, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(o)) {
		if !slices.Contains(readable[:], key) {
			keys = append(keys, key)
		}
	}
	return keys
}

// pair is a name and its value in one line, as in a legend or a form, and the fields in which
// they are. A key is the name that programs have for a value.
func (r *slackReader) pair(o object) (runs []inline, used string) {
	value := o.str("value")
	if value == "" || o["text"] != nil {
		return nil, ""
	}
	for _, key := range []string{"label", "name", "title", "key"} {
		if name := r.words(o[key]); len(name) > 0 {
			return append(append(name, inline{text: ": "}), r.label(value)...), "key value " + key
		}
	}
	return nil, ""
}

// field shows one field of an object.
func (r *slackReader) field(o object, key string) []block {
	switch value := o[key].(type) {
	case string:
		if key == "value" && o["text"] != nil {
			return nil // what an app gets to know, not people
		}
		return asParagraph(r.label(value))
	case float64:
		if key == "value" {
			return asParagraph(plainRuns(o.str(key)))
		}
		r.partial = true
	case map[string]any:
		return r.nested(value)
	case []any:
		if texts := o.strings(key); len(texts) > 0 && len(texts) == len(value) {
			return asParagraph(r.label(strings.Join(texts, ", ")))
		}
		return r.each(value)
	}
	return nil
}

// each shows the members of a list.
func (r *slackReader) each(list any) []block {
	var out []block
	values, _ := list.([]any)
	for _, value := range values {
		switch value := value.(type) {
		case map[string]any:
			out = append(out, r.nested(value)...)
		case []any:
			out = append(out, r.within(func() []block { return r.each(value) })...)
		case string:
			out = append(out, asParagraph(r.label(value))...)
		case float64:
			r.partial = true
		}
	}
	return out
}

// within reads something inside something else, unless it is too deep.
func (r *slackReader) within(read func() []block) []block {
	if r.depth == maxDepth {
		r.partial = true
		return nil
	}
	r.depth++
	defer func() { r.depth-- }()
	return read()
}

// nested reads an object inside another: a text object, a block or an element, or
// something that is not known.
func (r *slackReader) nested(o object) []block {
	return r.within(func() []block {
		switch o.str("type") {
		case "mrkdwn", "plain_text":
			return r.paragraphs(o)
		case "icon":
			return nil
		case "text", "link", "emoji", "user", "channel", "usergroup", "broadcast", "date":
			return asParagraph(r.element(o))
		case "button", "icon_button", "workflow_button", "feedback_buttons", "checkboxes", "radio_buttons", "overflow", "url":
			return asParagraph(r.part(o))
		}
		out := r.block(o)
		if len(out) == 0 && len(o) > 0 && !silent(o) {
			r.partial = true
		}
		return out
	})
}

// technical says whether a field is for programs only.
func technical(key string) bool {
	switch key {
	case "type", "id", "ts", "style", "confirm", "level", "state", "icon", "icons", "slack_icon", "color", "width", "height",
		"size", "align", "trigger", "filter", "source", "mimetype", "filetype", "accessibility_label", "format", "timezone":
		return true
	}
	for _, end := range []string{"_id", "_ids", "_ts", "_at", "_type", "_width", "_height", "_size", "_bytes", "_index", "_settings", "_name_normalized", "_icon"} {
		if strings.HasSuffix(key, end) {
			return true
		}
	}
	return false
}

// address says whether a field holds an address rather than words.
func address(key string) bool {
	return key == "url" || key == "href" || key == "link" || strings.HasSuffix(key, "_url") || strings.HasSuffix(key, "_link") ||
		strings.HasSuffix(key, "_href")
}

// addressed adds the addresses of an object to what it says: its own makes a link
// of its first line, others follow, and pictures show only where there is nothing
// else.
func (r *slackReader) addressed(o object, out []block) []block {
	var others, pictures [][]inline
	for _, key := range o.order() {
		target, _ := o[key].(string)
		switch {
		case !address(key) || !linkable(clean(target)):
		case picturesque(key):
			pictures = append(pictures, link(target, plainRuns(imageName(target))))
		case !strings.Contains(key, "_") && leads(out):
			first := out[0].(paragraph)
			out[0] = paragraph{link(target, first.runs)}
		default:
			others = append(others, link(target, nil))
		}
	}
	out = append(out, asParagraph(join("\n", others...))...)
	if len(out) == 0 {
		return asParagraph(join("\n", pictures...))
	}
	return out
}

// leads says whether blocks begin with a line that can become a link.
func leads(blocks []block) bool {
	if len(blocks) == 0 {
		return false
	}
	first, text := blocks[0].(paragraph)
	if !text {
		return false
	}
	for _, run := range first.runs {
		if run.url != "" {
			return false
		}
	}
	return true
}

// picturesque says whether an address is that of a picture next to the text.
func picturesque(key string) bool {
	for _, sign := range []string{"icon", "image", "thumb", "avatar", "logo", "picture"} {
		if strings.Contains(key, sign) {
			return true
		}
	}
	return false
}
