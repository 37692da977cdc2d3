package slackfmt

import (
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// inlineElement reads n, which is not a block.
func (r *htmlReader) inlineElement(n *html.Node, f *flow, s surroundings) {
	switch n.Data {
	case "mx-reply", "script", "style", "template", "title", "iframe", "object", "noscript", "svg", "math", "textarea", "select":
		return
	case "br":
		f.runs = append(f.runs, inline{text: "\n", style: s.look})
		return
	case "img":
		f.runs = append(f.runs, r.picture(n, s.look))
		return
	case "input":
		f.runs = append(f.runs, checkbox(n)...)
		return
	case "a":
		if address := strings.TrimSpace(attribute(n, "href")); address != "" {
			f.runs = append(f.runs, r.link(address, r.anchor(n, s))...)
			return
		}
	case "sup", "sub":
		r.script(n, f, s)
		return
	case "span", "font":
		if latex := attribute(n, "data-mx-maths"); latex != "" {
			s.look.code = true
			f.runs = append(f.runs, inline{text: latex, style: s.look})
			return
		}
	}
	s.look = lookOf(n, s.look)
	r.through(n, f, s)
}

// lookOf is the style inside an element.
func lookOf(n *html.Node, look style) style {
	switch n.Data {
	case "b", "strong", "th":
		look.bold = true
	case "i", "em", "cite", "var":
		look.italic = true
	case "u", "ins":
		look.underline = true
	case "s", "del", "strike":
		look.strike = true
	case "code", "tt", "kbd", "samp":
		look.code = true
	case "span", "font":
		if reason, found := lookup(n, "data-mx-spoiler"); found {
			look.spoiler, look.reason = true, reason
		}
		look.color = color(n, look.color, "data-mx-color", "color")
		look.background = color(n, look.background, "data-mx-bg-color")
	}
	return look
}

var hexColor = regexp.MustCompile(`^#[0-9a-fA-F]{6}$`)

func color(n *html.Node, outer string, names ...string) string {
	for _, name := range names {
		if value := attribute(n, name); hexColor.MatchString(value) {
			return value
		}
	}
	return outer
}

// anchor is the text of a link.
func (r *htmlReader) anchor(n *html.Node, s surroundings) []inline {
	inside := &htmlReader{htmlOptions{exact: true, emoji: r.emoji, link: func(_ string, runs []inline) []inline { return runs }}}
	runs := lines(inside.children(n, s))
	if r.exact {
		return runs
	}
	return merge(styledText(runs, func(text string) string { return spaces.ReplaceAllString(text, " ") }))
}

func styledText(runs []inline, change func(string) string) []inline {
	for i := range runs {
		runs[i].text = change(runs[i].text)
	}
	return runs
}

func checkbox(n *html.Node) []inline {
	if attribute(n, "type") != "checkbox" {
		return nil
	}
	if _, checked := lookup(n, "checked"); checked {
		return plainRuns("☑ ")
	}
	return plainRuns("☐ ")
}

// script reads raised and lowered text, which gets a mark where it would else
// run into the text before it.
func (r *htmlReader) script(n *html.Node, f *flow, s surroundings) {
	mark := map[string]string{"sup": "^", "sub": "_"}[n.Data]
	if text := textOf(n); text != "" && !strings.ContainsAny(text, " \t\n") && len(f.runs) > 0 {
		f.runs = append(f.runs, inline{text: mark, style: s.look})
	}
	r.through(n, f, s)
}
