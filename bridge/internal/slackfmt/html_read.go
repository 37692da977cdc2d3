package slackfmt

import (
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlOptions say what a reader of HTML wants.
type htmlOptions struct {
	// link makes runs of an address and its text; nil keeps links as they are.
	link func(address string, runs []inline) []inline
	// emoji returns the workspace's own emoji that a picture is, see [FromMatrix]; nil
	// knows none.
	emoji func(picture, shortcode string) (name string)
	// exact keeps every space, for HTML that this package wrote itself.
	exact bool
}

// htmlReader makes a document of Matrix HTML. It knows the elements that the
// Matrix specification permits; what others contain is read as if they were not
// there, except for those whose content is no text.
type htmlReader struct{ htmlOptions }

// readHTML reads a formatted body. The error is that of the HTML parser, which
// refuses elements nested hundreds deep.
func readHTML(source string, options htmlOptions) ([]block, error) {
	if options.link == nil {
		options.link = keepLink
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(strings.NewReader(source), body)
	if err != nil {
		return nil, err
	}
	r := &htmlReader{options}
	f := flow{exact: r.exact}
	for _, n := range nodes {
		r.node(n, &f, surroundings{})
	}
	return f.done(), nil
}

// keepLink keeps links to people and rooms whole and other links as they are.
func keepLink(address string, runs []inline) []inline {
	target, eventID := matrixTarget(address)
	switch {
	case target == "" || eventID != "" || !linkable(address):
		return link(address, runs)
	case target[0] == '@':
		return []inline{{kind: userMention, text: runsText(runs), url: address, style: lookOfFirst(runs)}}
	}
	return []inline{{kind: channelMention, text: runsText(runs), url: address, style: lookOfFirst(runs)}}
}

// lookOfFirst is how a line begins to look.
func lookOfFirst(runs []inline) style {
	if len(runs) == 0 {
		return style{}
	}
	return runs[0].style
}

// surroundings is what the elements around a node make of it.
type surroundings struct {
	look  style
	depth int
}

// flow collects the content of one container: runs become a paragraph when a
// block or the end comes.
type flow struct {
	exact  bool
	blocks []block
	runs   []inline
}

func (f *flow) flush() {
	runs := merge(f.runs)
	if !f.exact {
		runs = collapse(runs)
	}
	if f.runs = nil; len(runs) > 0 {
		f.blocks = append(f.blocks, paragraph{runs})
	}
}

func (f *flow) add(blocks ...block) {
	f.flush()
	f.blocks = append(f.blocks, blocks...)
}

func (f *flow) done() []block {
	f.flush()
	return f.blocks
}

// collapse treats white space as HTML does: text nodes hold none but spaces by
// now and "\n" is a <br>, so runs of spaces become one and those at a line's
// ends go. Code keeps its own.
func collapse(runs []inline) []inline {
	atStart := true
	for i := range runs {
		if run := &runs[i]; run.kind == textRun && !run.style.code {
			var b strings.Builder
			for _, c := range run.text {
				if c == ' ' && atStart {
					continue
				}
				atStart = c == ' ' || c == '\n'
				b.WriteRune(c)
			}
			run.text = b.String()
			continue
		}
		atStart = false
	}
	for i := range runs {
		if run := &runs[i]; run.kind == textRun && !run.style.code {
			run.text = strings.ReplaceAll(run.text, " \n", "\n")
		}
	}
	return trimLines(runs)
}

// children reads what is in an element as a container of its own.
func (r *htmlReader) children(n *html.Node, s surroundings) []block {
	f := flow{exact: r.exact}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.node(c, &f, s)
	}
	return f.done()
}

// through reads what is in an element as if the element were not there.
func (r *htmlReader) through(n *html.Node, f *flow, s surroundings) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		r.node(c, f, s)
	}
}

func (r *htmlReader) node(n *html.Node, f *flow, s surroundings) {
	switch n.Type {
	case html.TextNode:
		text := n.Data
		if !r.exact && !s.look.code {
			text = spaces.ReplaceAllString(text, " ")
		}
		f.runs = append(f.runs, inline{text: text, style: s.look})
	case html.ElementNode:
		if !r.blockElement(n, f, s) {
			r.inlineElement(n, f, s)
		}
	}
}

var spaces = regexp.MustCompile(`[ \t\r\n\f]+`)

// blockElement reads n if it is a block.
func (r *htmlReader) blockElement(n *html.Node, f *flow, s surroundings) bool {
	inner := s
	inner.depth++
	switch n.Data {
	case "p", "div", "section", "article", "li", "dl", "dt", "dd", "details", "summary", "caption":
		if latex := attribute(n, "data-mx-maths"); latex != "" {
			f.add(codeBlock{text: latex, language: "latex"})
			return true
		}
		inner.look.bold = inner.look.bold || n.Data == "summary"
		f.add(r.children(n, inner)...)
	case "h1", "h2", "h3", "h4", "h5", "h6":
		if runs := lines(r.children(n, inner)); len(runs) > 0 {
			f.add(heading{level: int(n.Data[1] - '0'), runs: runs})
		}
	case "blockquote":
		blocks := r.children(n, inner)
		if s.depth < maxDepth && len(blocks) > 0 {
			blocks = []block{quote{blocks}}
		}
		f.add(blocks...)
	case "ul", "ol", "menu":
		f.add(r.list(n, inner)...)
	case "pre":
		f.add(codeBlock{text: strings.TrimSuffix(textOf(n), "\n"), language: codeLanguage(n)})
	case "hr":
		f.add(rule{})
	case "table":
		f.add(r.table(n, inner)...)
	default:
		return false
	}
	return true
}

// list reads the items of a list; what stands between items belongs to the one
// before.
func (r *htmlReader) list(n *html.Node, s surroundings) []block {
	l := list{ordered: n.Data == "ol", start: 1}
	if start, err := strconv.Atoi(attribute(n, "start")); err == nil && start >= 0 && start < 1e6 {
		l.start = start
	}
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		switch item := r.item(c, s); {
		case c.Type == html.ElementNode && c.Data == "li":
			l.items = append(l.items, item)
		case len(item) == 0:
		case len(l.items) == 0:
			l.items = append(l.items, item)
		default:
			last := len(l.items) - 1
			l.items[last] = append(l.items[last], item...)
		}
	}
	if s.depth <= maxDepth && len(l.items) > 0 {
		return []block{l}
	}
	var out []block
	for _, item := range l.items {
		out = append(out, item...)
	}
	return out
}

func (r *htmlReader) item(n *html.Node, s surroundings) []block {
	if n.Type == html.ElementNode && n.Data == "li" {
		return r.children(n, s)
	}
	f := flow{exact: r.exact}
	r.node(n, &f, s)
	return f.done()
}

// textOf is the text in an element, with its line breaks.
func textOf(n *html.Node) string {
	var b strings.Builder
	for c := range n.Descendants() {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Data == "br":
			b.WriteByte('\n')
		}
	}
	return b.String()
}

// codeLanguage is the language that <pre><code class="language-…"> names.
func codeLanguage(n *html.Node) string {
	for c := range n.Descendants() {
		for class := range strings.FieldsSeq(attribute(c, "class")) {
			if name, ok := strings.CutPrefix(class, "language-"); ok && c.Data == "code" {
				return language(name)
			}
		}
	}
	return ""
}

func attribute(n *html.Node, name string) string {
	value, _ := lookup(n, name)
	return value
}

func lookup(n *html.Node, name string) (value string, found bool) {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val, true
		}
	}
	return "", false
}
