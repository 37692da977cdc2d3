package slackfmt_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/slack-go/slack"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/html"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackfmt"
)

const benchText = "Hello <@U1>, the *new* build of <https://example.org/builds/42|build 42> is `green` :tada:\n&gt; it was _red_ yesterday\nSee <#C1> &amp; tell ~a few~ everyone."

const benchHTML = `<p>Hello <a href="https://matrix.to/#/@slack_t1-u1:example.org">Ann</a>, the <strong>new</strong> build of <a href="https://example.org/builds/42">build 42</a> is <code>green</code> 🎉</p><blockquote>it was <em>red</em> yesterday</blockquote><ul><li>see</li><li>tell</li></ul>`

func benchBlocks(b *testing.B) json.RawMessage {
	blocks, err := json.Marshal(slackfmt.ToSlack(&event.MessageEventContent{
		MsgType: event.MsgText, Format: event.FormatHTML, FormattedBody: benchHTML,
	}, rooms{}).Blocks)
	require.NoError(b, err)
	return blocks
}

// BenchmarkToMatrix compares with what slack-go needs to decode the same blocks,
// and with plain unescaping.
func BenchmarkToMatrix(b *testing.B) {
	blocks := benchBlocks(b)
	b.Run("mrkdwn", func(b *testing.B) {
		for b.Loop() {
			slackfmt.ToMatrix(slackfmt.Input{Text: benchText}, people{})
		}
	})
	b.Run("mrkdwn-baseline-unescape", func(b *testing.B) {
		for b.Loop() {
			unescape(benchText)
		}
	})
	b.Run("blocks", func(b *testing.B) {
		for b.Loop() {
			slackfmt.ToMatrix(slackfmt.Input{Blocks: blocks}, people{})
		}
	})
	b.Run("blocks-baseline-slack-go-decoding", func(b *testing.B) {
		for b.Loop() {
			var out slack.Blocks
			require.NoError(b, json.Unmarshal(blocks, &out))
		}
	})
}

// BenchmarkToSlack compares with parsing the same HTML and doing nothing.
func BenchmarkToSlack(b *testing.B) {
	content := &event.MessageEventContent{MsgType: event.MsgText, Format: event.FormatHTML, FormattedBody: benchHTML}
	b.Run("html", func(b *testing.B) {
		for b.Loop() {
			slackfmt.SplitForSlack(content, rooms{}, slackfmt.MaxSlackChars)
		}
	})
	b.Run("html-baseline-parsing", func(b *testing.B) {
		for b.Loop() {
			_, err := html.Parse(strings.NewReader(benchHTML))
			require.NoError(b, err)
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: strings.Repeat("words and words\n", 2500)}
	b.Run("matrix-40kB", func(b *testing.B) {
		for b.Loop() {
			slackfmt.SplitForMatrix(content, slackfmt.MaxMatrixBytes)
		}
	})
	b.Run("slack-40kB", func(b *testing.B) {
		for b.Loop() {
			slackfmt.SplitForSlack(content, rooms{}, slackfmt.MaxSlackChars)
		}
	})
	b.Run("baseline-encoding-40kB", func(b *testing.B) {
		for b.Loop() {
			_, err := json.Marshal(content)
			require.NoError(b, err)
		}
	})
}
