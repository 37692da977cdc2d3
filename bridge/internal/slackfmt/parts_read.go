package slackfmt

import (
	"slices"
	"strings"
)

// mixed reads the elements of a context or actions block into one line.
func (r *slackReader) mixed(elements []object, separator string) []inline {
	parts := make([][]inline, len(elements))
	for i, element := range elements {
		parts[i] = r.part(element)
	}
	return row(separator, parts)
}

// row puts parts after one another; neighbours that lead to the same place are one
// link.
func row(separator string, parts [][]inline) []inline {
	var out []inline
	for _, part := range parts {
		if len(part) == 0 {
			continue
		}
		if n := len(out); n > 0 {
			between := inline{text: separator}
			if last := out[n-1]; last.kind == textRun && part[0].kind == textRun && last.url == part[0].url {
				between.url = last.url
			}
			out = append(out, between)
		}
		out = append(out, part...)
	}
	return out
}

// part reads one element of a block: a text, an image, or a control that shows
// as its label (and what is chosen) and leads to its address or to the message in
// Slack, where it works (Slack docs: "Block Kit elements").
func (r *slackReader) part(e object) []inline {
	switch e.str("type") {
	case "":
		return nil
	case "mrkdwn", "plain_text":
		return r.text(e)
	case "image":
		return r.image(e)
	case "button", "icon_button":
		return r.button(e.str("url"), r.words(e["text"]))
	case "workflow_button":
		return r.button(e.object("workflow").object("trigger").str("url"), r.words(e["text"]))
	case "feedback_buttons":
		return row(" ", [][]inline{
			r.button("", r.words(e.object("positive_button")["text"])),
			r.button("", r.words(e.object("negative_button")["text"])),
		})
	case "checkboxes", "radio_buttons":
		return r.choices(e)
	case "overflow":
		return r.overflow(e)
	case "url":
		return link(e.str("url"), r.words(e["text"]))
	case "rich_text_section", "rich_text_quote", "rich_text_preformatted":
		return r.elements(e)
	}
	return r.choice(e)
}

// button is a label in brackets, which tells it from text, that leads to an address,
// or to the message in Slack.
func (r *slackReader) button(address string, label []inline) []inline {
	if len(label) == 0 {
		return nil
	}
	label = append(append(plainRuns("["), label...), inline{text: "]"})
	if address == "" && slices.ContainsFunc(label, inline.atomic) {
		return label // whom it names has a link already
	}
	return link(r.target(address), label)
}

// target is where a control leads: to its address, else to the message in Slack.
func (r *slackReader) target(address string) string {
	if address == "" && linkable(r.permalink) {
		return r.permalink
	}
	return address
}

// overflow is a menu behind a sign.
func (r *slackReader) overflow(e object) []inline {
	var entries [][]inline
	for _, option := range e.list("options") {
		if label := r.words(option["text"]); len(label) > 0 {
			entries = append(entries, link(r.target(option.str("url")), label))
		}
	}
	if len(entries) == 0 {
		return r.button("", plainRuns("…"))
	}
	return append(append(plainRuns("[… "), row(" · ", entries)...), inline{text: "]"})
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
		label := join(" ", r.words(option["text"]), r.words(option["description"]))
		lines = append(lines, append(plainRuns(mark), label...))
	}
	return join("\n", lines...)
}

// choice is a control in which something is chosen or typed: what is in it, else
// what it asks for.
func (r *slackReader) choice(e object) []inline {
	shown := r.chosen(e)
	for _, key := range []string{"placeholder", "text"} {
		if len(shown) == 0 {
			shown = r.words(e[key])
		}
	}
	switch {
	case len(shown) == 0:
		return lines(r.anything(e))
	case isControl(e.str("type")):
		return r.button("", shown)
	}
	return join(" ", r.button("", shown), r.rest(e, controlFields))
}

// isControl says whether a kind of control is known: nothing else of it is shown (Slack docs:
// "Block elements").
func isControl(kind string) bool {
	return strings.HasSuffix(kind, "_select") || strings.HasSuffix(kind, "_input") || strings.HasSuffix(kind, "picker")
}

// controlFields are the fields of controls that their value is in, or that no one reads before they
// open them.
const controlFields = "placeholder text value options option_groups initial_option initial_options initial_user initial_users initial_channel " +
	"initial_channels initial_conversation initial_conversations initial_date initial_time initial_date_time initial_value"

// chosen is what a control has in it (Slack docs: "Block elements", the fields
// initial_…).
func (r *slackReader) chosen(e object) []inline {
	parts := [][]inline{r.words(e.object("initial_option")["text"])}
	for _, option := range e.list("initial_options") {
		parts = append(parts, r.words(option["text"]))
	}
	for _, user := range append(e.strings("initial_users"), e.str("initial_user")) {
		if user != "" {
			chosen := r.user(user, "", style{})
			chosen.quiet = true
			parts = append(parts, []inline{chosen})
		}
	}
	for _, key := range []string{"initial_channel", "initial_conversation"} {
		for _, channel := range append(e.strings(key+"s"), e.str(key)) {
			if channel != "" {
				parts = append(parts, []inline{r.channel(channel, "", style{})})
			}
		}
	}
	if at, ok := moment(e.str("initial_date_time")); ok {
		parts = append(parts, plainRuns(minutes(at)))
	}
	parts = append(parts, plainRuns(e.first("initial_date", "initial_time")), r.words(e["initial_value"]))
	return join(", ", parts...)
}
