package slackfmt_test

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackfmt"
)

// permitted are the elements that this package may write and the attributes of
// each.
var permitted = map[string][]string{
	"a": {"href"}, "blockquote": nil, "br": nil, "code": {"class"}, "del": nil, "em": nil, "h1": nil, "h2": nil,
	"h3": nil, "h4": nil, "h5": nil, "h6": nil, "hr": nil, "img": {"data-mx-emoticon", "src", "alt", "title", "height"},
	"li": nil, "ol": {"start"}, "p": nil, "pre": nil,
	"span":   {"data-mx-spoiler", "data-mx-color", "data-mx-bg-color"},
	"strong": nil, "table": nil, "tbody": nil, "td": nil, "th": nil, "thead": nil, "tr": nil, "u": nil, "ul": nil,
}

var void = []string{"br", "hr", "img"}

// requireSaneHTML checks that every element is a permitted one, with permitted
// attributes and addresses, and closed in order.
func requireSaneHTML(t require.TestingT, source string) {
	tokens := html.NewTokenizer(strings.NewReader(source))
	var open []string
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			break
		}
		token := tokens.Token()
		switch kind {
		case html.StartTagToken:
			attributes, known := permitted[token.Data]
			require.True(t, known, "element %s in %s", token.Data, source)
			for _, a := range token.Attr {
				require.Contains(t, attributes, a.Key, source)
				if a.Key == "href" {
					require.Regexp(t, `^(https?://|ftp://|mailto:|magnet:)`, a.Val, source)
				}
				if a.Key == "src" {
					require.Regexp(t, `^mxc://`, a.Val, source)
				}
			}
			if !slices.Contains(void, token.Data) {
				open = append(open, token.Data)
			}
		case html.EndTagToken:
			require.NotEmpty(t, open, source)
			require.Equal(t, open[len(open)-1], token.Data, source)
			open = open[:len(open)-1]
		case html.CommentToken, html.DoctypeToken, html.SelfClosingTagToken:
			require.Fail(t, "unexpected markup", source)
		}
	}
	require.Empty(t, open, source)
}

// requireSaneContent checks what must hold for every content made from Slack.
func requireSaneContent(t require.TestingT, content *event.MessageEventContent) {
	require.NotNil(t, content)
	require.NotNil(t, content.Mentions)
	require.True(t, utf8.ValidString(content.Body))
	require.True(t, utf8.ValidString(content.FormattedBody))
	require.Equal(t, content.FormattedBody != "", content.Format == event.FormatHTML)
	require.NotContains(t, content.FormattedBody, "<script")
	requireSaneHTML(t, content.FormattedBody)
}

// ourControls are the control sequences that this package may write.
var ourControls = regexp.MustCompile(`<(@[A-Z0-9]+|#[A-Z0-9]+|!here|!channel|!everyone|!subteam\^[A-Z0-9]+|(https?://|ftp://|mailto:|magnet:)[^<>|\s]+(\|[^<>|\n]*)?)>`)

// lineSigns are what may precede a line: quotes, items, their indent.
var lineSigns = regexp.MustCompile(`(?m)^(?:> ?| {4}|• |\d+\. )+`)

// requireSaneMessage checks what must hold for every message made for Slack.
func requireSaneMessage(t require.TestingT, message slackfmt.Message, mayPing bool) {
	require.True(t, utf8.ValidString(message.Text))
	rest := ourControls.ReplaceAllString(message.Text, "")
	require.NotContains(t, rest, "<", message.Text)
	require.NotContains(t, lineSigns.ReplaceAllString(rest, ""), ">", message.Text)
	require.LessOrEqual(t, len(message.Blocks), 50)
	if !mayPing {
		require.NotRegexp(t, `<!(here|channel|everyone)>`, message.Text)
	}
	encoded, err := json.Marshal(message.Blocks)
	require.NoError(t, err)
	if !mayPing {
		require.NotContains(t, string(encoded), `"type":"broadcast"`)
	}
	tables := 0
	for _, block := range message.Blocks {
		switch block := block.(type) {
		case *slack.TableBlock:
			tables++
			require.LessOrEqual(t, len(block.Rows), 100)
			for _, row := range block.Rows {
				require.NotEmpty(t, row)
				require.LessOrEqual(t, len(row), 20)
			}
		case *slack.RichTextBlock:
			require.NotEmpty(t, block.Elements)
			for _, element := range block.Elements {
				requireSaneElement(t, element)
			}
		case *slack.DividerBlock:
		default:
			require.Failf(t, "unexpected block", "%T", block)
		}
	}
	require.LessOrEqual(t, tables, 1)
}

func requireSaneElement(t require.TestingT, element slack.RichTextElement) {
	var elements []slack.RichTextSectionElement
	switch element := element.(type) {
	case *slack.RichTextSection:
		elements = element.Elements
	case *slack.RichTextQuote:
		elements = element.Elements
	case *slack.RichTextPreformatted:
		elements = element.Elements
	case *slack.RichTextList:
		require.NotEmpty(t, element.Elements)
		require.LessOrEqual(t, element.Indent, 8)
		for _, item := range element.Elements {
			requireSaneElement(t, item)
		}
		return
	}
	require.NotEmpty(t, elements, "%T", element)
	for _, e := range elements {
		if text, ok := e.(*slack.RichTextSectionTextElement); ok {
			require.NotEmpty(t, text.Text)
		}
	}
}

// textOf is all that a message's blocks say, or its text when there are none.
func textOf(t require.TestingT, message slackfmt.Message) string {
	if message.Blocks == nil {
		return unescape(message.Text)
	}
	encoded, err := json.Marshal(message.Blocks)
	require.NoError(t, err)
	return slackfmt.ToMatrix(slackfmt.Input{Blocks: encoded}, nil).Body
}

func unescape(text string) string {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&amp;", "&").Replace(text)
}

// htmlText is the text in HTML, each piece of it.
func htmlText(source string) string {
	var b strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(source))
	for kind := tokens.Next(); kind != html.ErrorToken; kind = tokens.Next() {
		if kind == html.TextToken {
			b.WriteString(tokens.Token().Data)
		}
	}
	return b.String()
}

// visible is text without white space and without the signs that stand for
// structure in a plain body.
func visible(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\u00a0>`•|-", r) {
			return -1
		}
		return r
	}, text)
}
