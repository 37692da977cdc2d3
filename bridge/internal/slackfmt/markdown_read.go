package slackfmt

import (
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
)

// markdown reads the text of a markdown block, which is CommonMark with tables,
// strike-through and task lists (Slack docs: "Markdown block"). Raw HTML in it is
// left out by goldmark unless told otherwise; what remains is read like any HTML.
func (r *slackReader) markdown(text string) []block {
	var b strings.Builder
	engine := goldmark.New(goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList))
	if err := engine.Convert([]byte(text), &b); err != nil {
		return asParagraph(plainRuns(text))
	}
	blocks, err := readHTML(b.String(), htmlOptions{})
	if err != nil {
		return asParagraph(plainRuns(text))
	}
	return blocks
}
