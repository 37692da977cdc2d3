package slackfmt

import "golang.org/x/net/html"

// table reads rows wherever they are in a table.
func (r *htmlReader) table(n *html.Node, s surroundings) []block {
	var t table
	var out []block
	for c := range n.Descendants() {
		if c.Type != html.ElementNode || enclosing(c, "table") != n {
			continue
		}
		switch c.Data {
		case "caption":
			out = r.children(c, s)
		case "tr":
			row, header := r.row(c, s)
			if len(row) > 0 {
				t.header = t.header || header && len(t.rows) == 0
				t.rows = append(t.rows, row)
			}
		}
	}
	if len(t.rows) > 0 {
		out = append(out, t)
	}
	return out
}

func (r *htmlReader) row(n *html.Node, s surroundings) (cells [][]inline, header bool) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.Data == "td" || c.Data == "th" {
			header = header || c.Data == "th"
			cells = append(cells, lines(r.children(c, s)))
		}
	}
	return cells, header
}

// enclosing is the nearest ancestor of that name, or nil.
func enclosing(n *html.Node, name string) *html.Node {
	for n = n.Parent; n != nil && n.Data != name; n = n.Parent {
	}
	return n
}
