package slackfmt

import (
	"fmt"
	"strconv"
	"strings"
)

// maxDepth bounds how deep lists and quotes nest in a document; what is deeper
// goes on at that depth. Slack itself has nine levels of lists.
const maxDepth = 9

// richText reads the elements of a rich_text block (Slack docs: "Rich text
// block").
func (r *slackReader) richText(elements []object) []block {
	var blocks []block
	for i := 0; i < len(elements); i++ {
		switch element := elements[i]; element.str("type") {
		case "rich_text_list":
			end := i
			for end < len(elements) && elements[end].str("type") == "rich_text_list" {
				end++
			}
			blocks = append(blocks, r.lists(elements[i:end])...)
			i = end - 1
		case "rich_text_preformatted":
			text := strings.Trim(plainLine(r.elements(element)), "\n")
			blocks = append(blocks, codeBlock{text: text, language: language(element.str("language"))})
		case "rich_text_quote":
			if inside := asParagraph(r.elements(element)); len(inside) > 0 {
				blocks = append(blocks, quote{inside})
			}
		case "rich_text_header":
			blocks = append(blocks, asHeading(r.words(element["text"]))...)
		case "rich_text_divider":
			blocks = append(blocks, rule{})
		default:
			if element["elements"] == nil {
				blocks = append(blocks, r.nested(element)...)
				continue
			}
			runs := r.elements(element)
			if i > 0 && len(runs) > 0 && runs[0].kind == textRun {
				runs[0].text = strings.TrimPrefix(runs[0].text, "\n")
			}
			if i+1 < len(elements) {
				runs = trimBreak(runs)
			}
			if runs = merge(runs); len(runs) > 0 {
				blocks = append(blocks, paragraph{runs})
			}
		}
	}
	return blocks
}

// language keeps a name of a programming language only if it is one by its
// characters, since it becomes part of a class name.
func language(name string) string {
	for _, c := range name {
		if !isWord(c) && !strings.ContainsRune("+#-_.", c) {
			return ""
		}
	}
	return strings.ToLower(name)
}

// lists nests a run of list elements: Slack sends levels as flat siblings with
// an indent, and a numbering that goes on after a nested list with an offset.
func (r *slackReader) lists(elements []object) []block {
	var build listBuilder
	for _, element := range elements {
		items := make([][]block, 0, len(element.list("elements")))
		mark := map[string]string{"checked": "☑ ", "unchecked": "☐ "}[element.str("style")]
		for _, item := range element.list("elements") {
			items = append(items, []block{paragraph{append(plainRuns(mark), r.elements(item)...)}})
		}
		if len(items) == 0 {
			continue
		}
		build.add(list{
			ordered: element.str("style") == "ordered",
			start:   element.count("offset", 1e6) + 1,
			items:   items,
		}, element.count("indent", maxDepth-1))
	}
	return build.close()
}

// listBuilder holds the lists that are open, the outermost first.
type listBuilder struct{ open []openList }

type openList struct {
	indent int
	// done are the lists of this level that others followed, last is the one
	// that items go into.
	done []block
	last list
}

// add puts a list at an indent: into the open one of that indent, or below the
// last item of one that is further out.
func (b *listBuilder) add(l list, indent int) {
	for len(b.open) > 1 && b.open[len(b.open)-1].indent > indent {
		b.pop()
	}
	n := len(b.open)
	if n == 0 || b.open[n-1].indent < indent {
		b.open = append(b.open, openList{indent: indent, last: l})
		return
	}
	level := &b.open[n-1]
	level.indent = indent
	if level.last.ordered == l.ordered && (!l.ordered || l.start == level.last.start+len(level.last.items)) {
		level.last.items = append(level.last.items, l.items...)
		return
	}
	level.done = append(level.done, level.last)
	level.last = l
}

// pop closes the innermost level into the last item of the next.
func (b *listBuilder) pop() {
	n := len(b.open) - 1
	inner := b.open[n]
	b.open = b.open[:n]
	outer := &b.open[n-1].last
	if len(outer.items) == 0 {
		outer.items = [][]block{nil}
	}
	end := len(outer.items) - 1
	outer.items[end] = append(outer.items[end], append(inner.done, inner.last)...)
}

// close closes all levels.
func (b *listBuilder) close() []block {
	for len(b.open) > 1 {
		b.pop()
	}
	if len(b.open) == 0 {
		return nil
	}
	return append(b.open[0].done, b.open[0].last)
}

// elements reads the inline elements of a section, quote or other container.
func (r *slackReader) elements(container object) []inline {
	var out []inline
	for _, element := range container.list("elements") {
		out = append(out, r.element(element)...)
	}
	return merge(out)
}

// element reads one inline element. Kinds that Slack adds later show the first
// of their fields that people can read.
func (r *slackReader) element(e object) []inline {
	look := elementStyle(e.object("style"))
	text := func(s string) []inline {
		if s == "" {
			return nil
		}
		return []inline{{text: s, style: look}}
	}
	switch e.str("type") {
	case "text":
		return text(e.str("text"))
	case "link":
		return r.link(e.str("url"), text(e.first("text", "url")))
	case "emoji":
		if run, ok := r.customEmoji(elementName(e), look); ok {
			return []inline{run}
		}
		return text(elementEmoji(e))
	case "user", "canvas_user_mention":
		if e.str("user_id") != "" {
			return []inline{r.user(e.str("user_id"), "", look)}
		}
	case "channel":
		if e.str("channel_id") != "" {
			return []inline{r.channel(e.str("channel_id"), "", look)}
		}
	case "usergroup":
		if e.str("usergroup_id") != "" {
			return []inline{r.userGroup(e.str("usergroup_id"), "", look)}
		}
	case "broadcast":
		switch reach := e.str("range"); reach {
		case "here", "channel", "everyone":
			return []inline{r.everybody(reach, look)}
		}
		return text("@" + e.str("range"))
	case "date":
		return r.date(e.str("timestamp"), e.str("format"), e.str("url"), e.str("fallback"), look)
	case "color":
		return text(e.str("value"))
	case "team":
		return text(e.str("team_id"))
	case "message_mention", "canvas_message_unfurl":
		return r.messageMention(e, look)
	case "salesforce_data_field":
		r.partial = true // the value is not told
		return text(e.first("salesforce_field_label", "salesforce_field_api_name"))
	}
	return r.unknownElement(e, look)
}

// messageMention names a message in a channel.
func (r *slackReader) messageMention(e object, look style) []inline {
	channel := e.first("channel_id", "root_message_channel")
	if e.first("text", "url") != "" || channel == "" {
		return r.unknownElement(e, look)
	}
	return []inline{{text: "message in ", style: look}, r.channel(channel, "", look)}
}

// unknownElement shows what an element says of itself, else what it is.
func (r *slackReader) unknownElement(e object, look style) []inline {
	pair, _ := r.pair(e)
	for _, key := range []string{"text", "fallback", "title", "name", "label", "value", "product_name"} {
		label := e.str(key)
		if label == "" || len(pair) > 0 {
			continue
		}
		rest := e.without(key + " url fallback style " + elementFields(e.str("type")))
		if key == "text" {
			delete(rest, "value") // what an app gets to know, not people
		}
		for other := range rest {
			if rest.str(other) == label {
				delete(rest, other)
			}
		}
		return join(" · ", link(e.str("url"), []inline{{text: label, style: look}}), r.rest(rest, ""))
	}
	if runs := lines(r.anything(e)); len(runs) > 0 {
		return runs
	}
	r.partial = true
	if id := e.first("file_id", "record_id", "canvas_id", "workflow_id", "id"); id != "" {
		return []inline{{text: strings.ReplaceAll(e.str("type"), "_", " ") + " " + id, style: look}}
	}
	return nil
}

// elementFields are the fields of an element of a known kind that are not for people.
func elementFields(kind string) string {
	switch kind {
	case "attachment_mention", "canvas", "file", "list_record", "message_mention", "canvas_message_unfurl", "tag", "work_object_mention", "workflow_mention":
		return elementIDs
	case "citation":
		return elementIDs + " index details"
	}
	return ""
}

const elementIDs = "id app_id attachment_id bot_id canvas_id channel_id color entity_id external_ref file_id function_trigger_id list_id " +
	"message_ts record_id root_message_channel root_message_ts section_id team_id thread_ts user_id view_id workflow_id"

func elementStyle(s object) style {
	return style{
		bold: s.is("bold"), italic: s.is("italic"), strike: s.is("strike"),
		code: s.is("code"), underline: s.is("underline"),
	}
}

// elementName is the name of an emoji element with its skin tone, if it has one.
func elementName(e object) string {
	name := e.str("name")
	if tone := e.count("skin_tone", lastToneName); tone >= firstToneName && !strings.Contains(name, toneSeparator) {
		name += toneSeparator + strconv.Itoa(tone)
	}
	return name
}

// elementEmoji is the emoji of a rich_text element: by its name, else by the
// code points that Slack sends along, else as `:name:`.
func elementEmoji(e object) string {
	name := e.str("name")
	if tone := e.count("skin_tone", lastToneName); tone >= firstToneName && !strings.Contains(name, toneSeparator) {
		if emoji, ok := EmojiFromSlack(name + toneSeparator + strconv.Itoa(tone)); ok {
			return emoji
		}
	}
	if emoji, ok := EmojiFromSlack(name); ok {
		return emoji
	}
	if emoji := clean(codePoints(e.str("unicode"))); emoji != "" {
		return emoji
	}
	if name == "" {
		return ""
	}
	return fmt.Sprintf(":%s:", name)
}
