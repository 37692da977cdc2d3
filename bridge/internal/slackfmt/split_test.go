package slackfmt_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
)

// longTexts are bodies without HTML that have to come through whole.
func longTexts() map[string]string {
	random := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 9000)
	for i := range words {
		words[i] = []string{"word", "<&>", "*star*", "größer", "😀", "\n", "\n\n", "a_b", "@room", "  "}[random.IntN(10)]
	}
	return map[string]string{
		"40000 ASCII characters":     strings.Repeat("0123456789", 4000),
		"13000 four-byte characters": strings.Repeat("😀", 13000),
		"lines":                      strings.Repeat("a line of text\n", 3000),
		"lines that look formatted":  strings.Repeat("a *line* of `text`\n", 3000),
		"paragraphs":                 strings.Repeat(strings.Repeat("some words ", 50)+"\n\n", 80),
		"escapes":                    strings.Repeat("<&>", 13000),
		"one word a line, mixed":     strings.Join(words, " "),
		"joined emoji":               strings.Repeat("👨‍👩‍👧‍👦", 3000),
		"flags":                      strings.Repeat("🇩🇪🇳🇿", 4000),
		"newlines before and after":  strings.Repeat("\n", 50) + strings.Repeat("x", 9000) + strings.Repeat("\n", 50) + "y",
	}
}

func TestSplitForMatrixLosesNothing(t *testing.T) {
	for name, text := range longTexts() {
		t.Run(name, func(t *testing.T) {
			content := &event.MessageEventContent{MsgType: event.MsgText, Body: text, Mentions: &event.Mentions{}}
			pieces := slackfmt.SplitForMatrix(content, slackfmt.MaxMatrixBytes)
			var all strings.Builder
			for _, piece := range pieces {
				requireSmall(t, piece, slackfmt.MaxMatrixBytes)
				require.True(t, utf8.ValidString(piece.Body))
				all.WriteString(piece.Body)
			}
			require.True(t, text == all.String(), "the pieces joined differ from the whole")
			require.LessOrEqual(t, len(pieces), 2+size(t, content)/(slackfmt.MaxMatrixBytes*2/3))
		})
	}
}

func TestSplitForSlackLosesNothing(t *testing.T) {
	for name, text := range longTexts() {
		t.Run(name, func(t *testing.T) {
			content := &event.MessageEventContent{MsgType: event.MsgText, Body: text}
			pieces := slackfmt.SplitForSlack(content, rooms{}, slackfmt.MaxSlackChars)
			var texts, shown strings.Builder
			for _, piece := range pieces {
				require.LessOrEqual(t, utf8.RuneCountInString(piece.Text), slackfmt.MaxSlackChars)
				requireSaneMessage(t, piece, false)
				texts.WriteString(unescape(piece.Text))
				shown.WriteString(textOf(t, piece))
			}
			require.True(t, text == texts.String(), "the texts joined differ from the whole")
			require.Equal(t, strings.Join(strings.Fields(text), ""), strings.Join(strings.Fields(shown.String()), ""))
		})
	}
}

func size(t require.TestingT, content *event.MessageEventContent) int {
	encoded, err := json.Marshal(content)
	require.NoError(t, err)
	return len(encoded)
}

func requireSmall(t require.TestingT, content *event.MessageEventContent, limit int) {
	require.LessOrEqual(t, size(t, content), limit)
}

func TestSplitKeepsCharactersWhole(t *testing.T) {
	for name, sign := range map[string]string{"family": "👨‍👩‍👧‍👦", "flag": "🇩🇪", "tone": "👍🏽", "accent": "e\u0301"} {
		t.Run(name, func(t *testing.T) {
			content := &event.MessageEventContent{MsgType: event.MsgText, Body: "x" + strings.Repeat(sign, 5000)}
			for _, piece := range slackfmt.SplitForSlack(content, nil, 1000) {
				require.Empty(t, strings.ReplaceAll(strings.TrimPrefix(piece.Text, "x"), sign, ""))
			}
		})
	}
}

func TestSplitPrefersBounds(t *testing.T) {
	line := strings.Repeat("word ", 15) + "end"
	for name, tc := range map[string]struct{ text, end string }{
		"paragraph": {strings.Repeat(strings.Repeat(line+"\n", 5)+"\n", 40), "\n\n"},
		"line":      {strings.Repeat(line+"\n", 300), "\n"},
		"word":      {strings.Repeat("word ", 5000), " "},
	} {
		t.Run(name, func(t *testing.T) {
			pieces := slackfmt.SplitForMatrix(&event.MessageEventContent{MsgType: event.MsgText, Body: tc.text}, 5000)
			require.Greater(t, len(pieces), 2)
			for _, piece := range pieces {
				require.True(t, strings.HasSuffix(piece.Body, tc.end), "%q", piece.Body[len(piece.Body)-20:])
			}
		})
	}
}

func TestShortContentIsLeftAlone(t *testing.T) {
	content := &event.MessageEventContent{MsgType: event.MsgText, Body: "short"}
	pieces := slackfmt.SplitForMatrix(content, slackfmt.MaxMatrixBytes)
	require.Len(t, pieces, 1)
	require.Same(t, content, pieces[0])
	require.Empty(t, slackfmt.SplitForSlack(&event.MessageEventContent{MsgType: event.MsgText}, nil, 4000))
	require.Empty(t, slackfmt.SplitForSlack(&event.MessageEventContent{MsgType: event.MsgText, Body: " \n "}, nil, 4000))
}

// longHTML is a formatted body with every kind of block, and its plain text.
func longHTML(items int) string {
	var b strings.Builder
	for i := range items {
		fmt.Fprintf(&b, `<p>para %d <strong>bold <em>both</em></strong> <a href="https://example.org/%d">link</a></p>`, i, i)
		fmt.Fprintf(&b, `<blockquote>quoted %d<ul><li>in quote</li></ul></blockquote>`, i)
		fmt.Fprintf(&b, `<ol start="7"><li>first %d</li><li>second<ul><li>nested</li></ul></li></ol>`, i)
		fmt.Fprintf(&b, "<pre><code class=\"language-go\">code %d &lt;x&gt;\nmore\n</code></pre>", i)
		fmt.Fprintf(&b, `<table><thead><tr><th>A%d</th><th>B</th></tr></thead><tbody><tr><td>1</td><td><u>2</u></td></tr></tbody></table><h2>head %d</h2><hr>`, i, i)
	}
	return b.String()
}

func TestSplitForMatrixKeepsHTMLWhole(t *testing.T) {
	address := "https://example.org/" + strings.Repeat("x", 50000)
	for name, tc := range map[string]struct{ body, text string }{
		"all blocks":     {body: longHTML(120)},
		"one bold run":   {body: "<strong>" + strings.Repeat("bold words ", 6000) + "</strong>"},
		"one long link":  {body: `<a href="https://example.org/">` + strings.Repeat("text ", 12000) + "</a>"},
		"one code block": {body: `<pre><code class="language-go">` + strings.Repeat("x := 1 &lt; 2\n", 4000) + "</code></pre>"},
		"one quote":      {body: "<blockquote>" + strings.Repeat("said<br>", 8000) + "</blockquote>"},
		"one list item":  {body: "<ul><li>" + strings.Repeat("item text ", 6000) + "</li><li>last</li></ul>"},
		"a huge table":   {body: "<table>" + strings.Repeat("<tr><td>cell</td><td>other</td></tr>", 1500) + "</table>"},
		"a huge cell":    {body: "<table><tr><td>" + strings.Repeat("cell ", 10000) + "</td></tr></table>"},
		"deep lists":     {body: strings.Repeat("<ul><li>", 8) + strings.Repeat("deep words ", 5000) + strings.Repeat("</li></ul>", 8)},
		"huge address":   {body: `<a href="` + address + `">t</a> <b>end</b>`, text: "t (" + address + ") end"},
	} {
		t.Run(name, func(t *testing.T) {
			whole := &event.MessageEventContent{MsgType: event.MsgText, Format: event.FormatHTML, FormattedBody: tc.body}
			pieces := slackfmt.SplitForMatrix(whole, 10_000)
			require.Greater(t, len(pieces), 3)
			var texts strings.Builder
			for _, piece := range pieces {
				requireSmall(t, piece, 10_000)
				requireSaneHTML(t, piece.FormattedBody)
				require.NotEmpty(t, piece.Body)
				if piece.FormattedBody == "" {
					texts.WriteString(piece.Body)
				}
				texts.WriteString(htmlText(piece.FormattedBody))
			}
			if tc.text == "" {
				tc.text = htmlText(tc.body)
			}
			require.True(t, visible(tc.text) == visible(texts.String()), "the pieces joined differ from the whole")
		})
	}
}

func TestSplitForSlackKeepsBlocksWhole(t *testing.T) {
	for name, body := range map[string]string{
		"all blocks": longHTML(60),
		"code":       `<pre><code class="language-go">` + strings.Repeat("x := 1 &lt; 2\n", 1000) + "</code></pre>",
		"long table": "<table><tr><th>A</th></tr>" + strings.Repeat("<tr><td>c</td></tr>", 350) + "</table>",
		"many rules": strings.Repeat("x<hr>", 100),
		"two tables": "<table><tr><td>1</td></tr></table>and<table><tr><td>2</td></tr></table>",
		"wide table": "<table><tr>" + strings.Repeat("<td>c</td>", 30) + "</tr></table>" + strings.Repeat("pad ", 1500),
		"long code":  "<pre>" + strings.Repeat("y", 9000) + "</pre>",
	} {
		t.Run(name, func(t *testing.T) {
			content := &event.MessageEventContent{MsgType: event.MsgText, Format: event.FormatHTML, FormattedBody: body}
			pieces := slackfmt.SplitForSlack(content, rooms{}, slackfmt.MaxSlackChars)
			require.Greater(t, len(pieces), 1)
			var shown strings.Builder
			for _, piece := range pieces {
				require.LessOrEqual(t, utf8.RuneCountInString(piece.Text), slackfmt.MaxSlackChars)
				requireSaneMessage(t, piece, false)
				require.Zero(t, strings.Count(piece.Text, "```")%2, "code left open")
				shown.WriteString(unescape(piece.Text))
			}
			whole := slackfmt.ToSlack(content, rooms{})
			require.Equal(t, visible(unescape(whole.Text)), visible(shown.String()))
		})
	}
}

func TestSplitGivesUpALinkThatFitsNowhere(t *testing.T) {
	address := "https://example.org/" + strings.Repeat("x", 9000)
	content := &event.MessageEventContent{MsgType: event.MsgText, Format: event.FormatHTML, FormattedBody: `<a href="` + address + `">t</a> <b>x</b>`}
	var texts strings.Builder
	for _, piece := range slackfmt.SplitForSlack(content, nil, slackfmt.MaxSlackChars) {
		require.LessOrEqual(t, utf8.RuneCountInString(piece.Text), slackfmt.MaxSlackChars)
		requireSaneMessage(t, piece, false)
		texts.WriteString(piece.Text)
	}
	require.Equal(t, "t ("+address+") *x*", texts.String())
}

func TestSplitListsGoOnCounting(t *testing.T) {
	content := &event.MessageEventContent{
		MsgType: event.MsgText, Format: event.FormatHTML,
		FormattedBody: "<ol>" + strings.Repeat("<li>"+strings.Repeat("x", 60)+"</li>", 40) + "</ol>",
	}
	next := 1
	for _, piece := range slackfmt.SplitForSlack(content, nil, 500) {
		for line := range strings.SplitSeq(piece.Text, "\n") {
			require.True(t, strings.HasPrefix(line, fmt.Sprintf("%d. ", next)), line)
			next++
		}
	}
	require.Equal(t, 41, next)
}

func TestSplitPutsMentionsWhereTheyStand(t *testing.T) {
	filler := strings.Repeat("words and words ", 300)
	text := "<@U1> " + filler + "<@U2> " + filler + "<!here> *x*"
	content := slackfmt.ToMatrix(slackfmt.Input{Text: text}, people{})
	content.Mentions.Add("@elsewhere:example.org")
	where := map[id.UserID]int{}
	for i, piece := range slackfmt.SplitForMatrix(content, 6000) {
		for _, user := range piece.Mentions.UserIDs {
			where[user] = i
			require.True(t, user == "@elsewhere:example.org" || strings.Contains(piece.FormattedBody, string(user)))
		}
		require.Equal(t, strings.Contains(piece.Body, "@here"), piece.Mentions.Room)
	}
	require.Len(t, where, 3)
	require.Zero(t, where["@slack_t1-u1:example.org"])
	require.Zero(t, where["@elsewhere:example.org"])
	require.Positive(t, where["@slack_t1-u2:example.org"])
}

func TestSplitKeepsWhatIsNotText(t *testing.T) {
	content := &event.MessageEventContent{
		MsgType: event.MsgImage, Body: strings.Repeat("caption ", 2000), FileName: "cat.png", URL: "mxc://example.org/cat",
		RelatesTo:               &event.RelatesTo{Type: event.RelThread, EventID: "$root"},
		BeeperPerMessageProfile: &event.BeeperPerMessageProfile{ID: "b1", Displayname: "CI"},
		BeeperLinkPreviews:      []*event.BeeperLinkPreview{{MatchedURL: "https://example.org"}},
	}
	pieces := slackfmt.SplitForMatrix(content, 6000)
	require.Greater(t, len(pieces), 2)
	require.Equal(t, event.MsgImage, pieces[0].MsgType)
	require.Equal(t, content.URL, pieces[0].URL)
	require.Len(t, pieces[0].BeeperLinkPreviews, 1)
	for _, piece := range pieces[1:] {
		require.Equal(t, event.MsgText, piece.MsgType)
		require.Empty(t, piece.URL)
		require.Empty(t, piece.FileName)
		require.Empty(t, piece.BeeperLinkPreviews)
	}
	for _, piece := range pieces {
		require.Equal(t, content.RelatesTo, piece.RelatesTo)
		require.Equal(t, content.BeeperPerMessageProfile, piece.BeeperPerMessageProfile)
	}
	require.Equal(t, "cat.png", content.FileName)
}

func TestTinyLimitsStillEnd(t *testing.T) {
	content := &event.MessageEventContent{
		MsgType: event.MsgText, Format: event.FormatHTML, Body: "x", FormattedBody: longHTML(3),
		RelatesTo: &event.RelatesTo{Type: event.RelThread, EventID: id.EventID(strings.Repeat("x", 5000))},
	}
	require.Less(t, len(slackfmt.SplitForMatrix(content, 1)), 50)
	require.Less(t, len(slackfmt.SplitForSlack(content, nil, 1)), 200)
}
