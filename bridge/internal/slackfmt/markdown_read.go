package slackfmt

import (
	"net/url"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/util"
)

// escapedLess stands for "&lt;" while goldmark, which undoes escapes, is at work:
// what was escaped must not become a control sequence.
const escapedLess = "\ue000"

// markdown reads the text of a markdown block, which is CommonMark with tables,
// strike-through and task lists, and Slack's control sequences (Slack docs:
// "Markdown block").
func (r *slackReader) markdown(text string) []block {
	var b strings.Builder
	if err := commonMark().Convert([]byte(strings.ReplaceAll(text, "&lt;", escapedLess)), &b); err != nil {
		return asParagraph(plainRuns(text))
	}
	blocks, err := readHTML(b.String(), htmlOptions{})
	if err != nil {
		return asParagraph(plainRuns(text))
	}
	return rewrite(blocks, r.controls)
}

// commonMark is a parser that takes HTML for the text that it is in Slack: left
// to itself, goldmark would drop it, and "<!channel>" with it.
func commonMark() goldmark.Markdown {
	return goldmark.New(
		goldmark.WithParser(parser.NewParser(
			parser.WithBlockParsers(
				util.Prioritized(parser.NewSetextHeadingParser(), 100),
				util.Prioritized(parser.NewThematicBreakParser(), 200),
				util.Prioritized(parser.NewListParser(), 300),
				util.Prioritized(parser.NewListItemParser(), 400),
				util.Prioritized(parser.NewCodeBlockParser(), 500),
				util.Prioritized(parser.NewATXHeadingParser(), 600),
				util.Prioritized(parser.NewFencedCodeBlockParser(), 700),
				util.Prioritized(parser.NewBlockquoteParser(), 800),
				util.Prioritized(parser.NewParagraphParser(), 1000),
			),
			parser.WithInlineParsers(
				util.Prioritized(parser.NewCodeSpanParser(), 100),
				util.Prioritized(parser.NewLinkParser(), 200),
				util.Prioritized(parser.NewAutoLinkParser(), 300),
				util.Prioritized(parser.NewEmphasisParser(), 500),
			),
			parser.WithParagraphTransformers(parser.DefaultParagraphTransformers()...),
		)),
		goldmark.WithExtensions(extension.Table, extension.Strikethrough, extension.TaskList),
	)
}

// controls reads the control sequences and emoji in the text of runs.
func (r *slackReader) controls(runs []inline) []inline {
	var out []inline
	for _, run := range runs {
		if run.kind == textRun && run.url == "" && !run.style.code {
			out = append(out, r.controlsIn(run)...)
			continue
		}
		run.text = unescaper.Replace(strings.ReplaceAll(run.text, escapedLess, "<"))
		run.url = strings.ReplaceAll(run.url, url.PathEscape(escapedLess), "%3C")
		if there := r.inMatrix(run.url); there != "" && run.kind == textRun {
			run = relabelled([]inline{run}, run.url, there)[0]
			run.url = there
		}
		out = append(out, run)
	}
	return merge(out)
}

func (r *slackReader) controlsIn(run inline) []inline {
	var out []inline
	text, literal := run.text, 0
	upTo := func(end int) {
		run.text = strings.ReplaceAll(expandEmoji(text[literal:end]), escapedLess, "<")
		out = append(out, run)
	}
	for i := 0; i < len(text); i++ {
		if text[i] != '<' {
			continue
		}
		if found, size := r.control(text[i:], run.style); size > 0 {
			upTo(i)
			out = append(out, found...)
			literal, i = i+size, i+size-1
		}
	}
	upTo(len(text))
	return out
}
