package slackfmt_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackfmt"
)

// throughSlack sends a content to Slack and reads back what arrives there.
func throughSlack(t require.TestingT, content *event.MessageEventContent) *event.MessageEventContent {
	message := slackfmt.ToSlack(content, rooms{})
	in := slackfmt.Input{Text: message.Text}
	if message.Blocks != nil {
		encoded, err := json.Marshal(message.Blocks)
		require.NoError(t, err)
		in.Blocks = encoded
	}
	return slackfmt.ToMatrix(in, people{})
}

// TestRoundTripHTML has formatted bodies that come back from Slack as they went.
func TestRoundTripHTML(t *testing.T) {
	for name, body := range map[string]string{
		"styles":             `plain <strong>bold <em>both</em></strong> <em>it</em> <u>under</u> <del>gone</del> <code>a  b</code>`,
		"mid-word":           `un<strong>believ</strong>able`,
		"line breaks":        `<strong>a</strong><br>b<br><br>c`,
		"literal marks":      `*not bold* <strong>_not italic_</strong> &lt;!channel&gt; &amp;amp;`,
		"link":               `<a href="https://example.org/?a=1&amp;b=2">the <strong>site</strong></a>`,
		"mention":            `<a href="https://matrix.to/#/@slack_t1-u1:example.org">Ann</a> <strong>x</strong>`,
		"channel":            `<a href="https://matrix.to/#/%23slack_general:example.org">#general</a> <strong>x</strong>`,
		"bullets":            `<ul><li>a</li><li>b <strong>c</strong></li></ul>`,
		"nested lists":       `<ul><li>a<ol start="3"><li>b</li><li>c<ul><li>d</li></ul></li></ol></li><li>e</li></ul>`,
		"numbers go on":      `<ol><li>a<ul><li>x</li></ul></li><li>b</li></ol>`,
		"code":               `<pre><code class="language-go">if a &lt; b {` + "\n\t*x* = `y`\n" + `}</code></pre>`,
		"quote":              `<blockquote>said <strong>it</strong><br>twice</blockquote>`,
		"text around blocks": `<p>before</p><blockquote>said</blockquote><p>between</p><pre><code>x</code></pre><p>after</p>`,
		"rule":               `<p>above</p><hr><p>below</p>`,
		"table": `<table><thead><tr><th><strong>A</strong></th><th><strong>B</strong></th></tr></thead>` +
			`<tbody><tr><td>1</td><td><em>2</em></td></tr></tbody></table>`,
		"emoji": `<strong>🎉 👍🏽</strong> 👨‍👩‍👧‍👦`,
	} {
		t.Run(name, func(t *testing.T) {
			back := throughSlack(t, &event.MessageEventContent{MsgType: event.MsgText, Body: "x", Format: event.FormatHTML, FormattedBody: body})
			require.Equal(t, body, back.FormattedBody)
		})
	}
}

// TestRoundTripPlain has bodies that come back unformatted and unchanged.
func TestRoundTripPlain(t *testing.T) {
	for _, body := range []string{
		"words", "a & b < c > d &amp; &lt;", "*stars* _bars_ ~waves~ `ticks` ```fence```", "> no quote", "a\n\nb\n c",
		"<!channel> <!here> <@U1> <#C1> <https://example.org|x>", "@here @channel @everyone @room", "https://example.org/a_b_c?d=*e*&f",
		"2*3*4 = 24", "• no list\n1. neither", "🎉 😀 ❤️ 👍🏽", "zero\u200bwidth", "*a*\nhttps://example.org/x(y) end",
	} {
		t.Run(body, func(t *testing.T) {
			back := throughSlack(t, &event.MessageEventContent{MsgType: event.MsgText, Body: body})
			require.Equal(t, body, back.Body)
			require.Empty(t, back.Mentions.UserIDs)
			require.False(t, back.Mentions.Room)
		})
	}
}

func TestRoundTripOfAMentionOfEverybody(t *testing.T) {
	back := throughSlack(t, &event.MessageEventContent{
		MsgType: event.MsgText, Body: "@room lunch", Mentions: &event.Mentions{Room: true},
	})
	require.Equal(t, "@channel lunch", back.Body)
	require.True(t, back.Mentions.Room)
}

func TestNilResolvers(t *testing.T) {
	require.Equal(t, "@U1 #C1 @S1", slackfmt.ToMatrix(slackfmt.Input{Text: "<@U1> <#C1> <!subteam^S1>"}, nil).Body)
	content := &event.MessageEventContent{
		MsgType: event.MsgText, Format: event.FormatHTML,
		FormattedBody: `<a href="https://matrix.to/#/@ann:example.org">Ann</a> <a href="https://matrix.to/#/!r:example.org">room</a>`,
	}
	require.Equal(t, "@Ann <https://matrix.to/#/!r:example.org|room>", slackfmt.ToSlack(content, nil).Text)
}
