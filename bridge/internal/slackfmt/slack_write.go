package slackfmt

import "strings"

// escaper makes text literal for Slack (Slack docs: "Formatting text for app
// surfaces", escaping text).
var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Escape returns a text as Slack shows it, with nothing in it that mentions or links.
func Escape(text string) string { return escaper.Replace(text) }

// addressEscaper makes an address fit into a control sequence.
var addressEscaper = strings.NewReplacer("&", "&amp;", "<", "%3C", ">", "%3E", "|", "%7C", "\n", "%0A")

// labelEscaper makes the text of a link fit into one.
var labelEscaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", "\n", " ", "|", "¦")

// toMrkdwn renders a document as Slack's text.
func toMrkdwn(blocks []block) string { return stack(blocks, block.mrkdwn) }

func (p paragraph) mrkdwn() string { return mrkdwnLine(p.runs) }

func (h heading) mrkdwn() string {
	return mrkdwnLine(styled(h.runs, func(s *style) { s.bold = true }))
}

func (c codeBlock) mrkdwn() string {
	return fence + "\n" + escaper.Replace(strings.TrimSuffix(c.text, "\n")) + "\n" + fence
}

func (q quote) mrkdwn() string { return indent(toMrkdwn(q.blocks), "> ", "> ") }

func (l list) mrkdwn() string { return l.lines(toMrkdwn) }

func (t table) mrkdwn() string { return t.lines(mrkdwnLine) }

func (rule) mrkdwn() string { return "---" }

// mrkdwnLine writes runs with their markers. Neighbouring runs that share a link
// are one link.
func mrkdwnLine(runs []inline) string {
	runs = barred(runs)
	var b strings.Builder
	for i := 0; i < len(runs); i++ {
		run := runs[i]
		switch {
		case run.kind == userMention && run.id != "":
			b.WriteString("<@" + run.id + ">")
		case run.kind == channelMention && run.id != "":
			b.WriteString("<#" + run.id + ">")
		case run.kind == groupMention && run.id != "":
			b.WriteString("<!subteam^" + run.id + ">")
		case run.kind == broadcast:
			b.WriteString("<!" + run.id + ">")
		case run.kind == textRun && run.url != "":
			first := i
			for i+1 < len(runs) && runs[i+1].kind == textRun && runs[i+1].url == run.url {
				i++
			}
			b.WriteString(mrkdwnLink(run.url, runsText(runs[first:i+1])))
		default:
			b.WriteString(marked(run))
		}
	}
	return b.String()
}

func mrkdwnLink(address, text string) string {
	if text == address {
		return "<" + addressEscaper.Replace(address) + ">"
	}
	return "<" + addressEscaper.Replace(address) + "|" + labelEscaper.Replace(text) + ">"
}

// marked writes a run of text with the markers of its style around each of its
// lines, since markers do not reach over a line's end.
func marked(run inline) string {
	text := escaper.Replace(run.text)
	before, after := markers(run.style)
	if before == "" {
		return text
	}
	parts := strings.Split(text, "\n")
	for i, part := range parts {
		if core := strings.TrimSpace(part); core != "" {
			at := strings.Index(part, core)
			parts[i] = part[:at] + before + core + after + part[at+len(core):]
		}
	}
	return strings.Join(parts, "\n")
}

func markers(s style) (before, after string) {
	for _, m := range []struct {
		on     bool
		marker string
	}{{s.bold, "*"}, {s.italic, "_"}, {s.strike, "~"}, {s.code, "`"}} {
		if m.on {
			before, after = before+m.marker, m.marker+after
		}
	}
	return before, after
}

// barred leaves only what Slack has a style for: a spoiler stands between double
// bars, its reason before it; colours go.
func barred(runs []inline) []inline {
	var out []inline
	hidden := style{}
	mark := func(look style, sign string) {
		look.spoiler, look.reason, look.code = false, "", false
		look.color, look.background = "", ""
		out = append(out, inline{text: sign, style: look})
	}
	for _, run := range runs {
		if hidden.spoiler && (!run.style.spoiler || run.style.reason != hidden.reason) {
			mark(hidden, "||")
			hidden = style{}
		}
		if run.style.spoiler && !hidden.spoiler {
			hidden = run.style
			if hidden.reason != "" {
				mark(hidden, "("+hidden.reason+") ")
			}
			mark(hidden, "||")
		}
		run.style.spoiler, run.style.reason = false, ""
		run.style.color, run.style.background = "", ""
		out = append(out, run)
	}
	if hidden.spoiler {
		mark(hidden, "||")
	}
	return merge(out)
}
