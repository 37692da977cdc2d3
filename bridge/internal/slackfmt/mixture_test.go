package slackfmt_test

import (
	"encoding/json"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// mixtures runs check on some thousand mixtures, the same every time, and names
// the one that fails.
func mixtures(t *testing.T, check func(mixture)) {
	var seed uint64
	defer func() {
		if t.Failed() {
			t.Logf("failed with seed %d", seed)
		}
	}()
	for ; seed < 1500; seed++ {
		check(mixture{rand.New(rand.NewPCG(seed, 1))})
	}
}

// mixture builds random input out of the pieces that mean something, which
// random bytes hardly ever hit.
type mixture struct{ *rand.Rand }

func (m mixture) of(most int, pieces []string) string {
	var b strings.Builder
	for range m.IntN(most) {
		b.WriteString(pieces[m.IntN(len(pieces))])
	}
	return b.String()
}

func mrkdwnPieces() []string {
	return []string{
		"*", "_", "~", "`", "```", "\n", "\n\n", " ", "&gt;", "&gt;&gt;&gt;", ">", "&lt;", "&amp;", "<", "|", "^",
		"<@U1>", "<@U2|x>", "<#C1|g>", "<!here>", "<!subteam^S1>", "<!date^1^{date}|d>", "<!date^x^^|>", "<!>", "<@>",
		"<https://example.org|a *b*>", "<https://example.org>", "<mailto:a@b|a>", "<javascript:x|y>", ":tada:", ":+1::skin-tone-2:", ":x",
		"word", "a", "😀", "e\u0301", "\xff", "\x00", "<script>", "&#60;",
	}
}

func htmlPieces() []string {
	out := []string{
		"text", " ", "\n", "😀", "&lt;", "&amp;", "*", "_x_", "@room", ":tada:", "https://example.org/a_(b)", "<br>", "<hr>", "\xff", "<!-- c -->",
		`<img alt=":x:" src="mxc://a/b">`, `<img src="https://x/y">`, `<input type="checkbox" checked>`, "\u200d", ">", "\"",
		`<a href="https://matrix.to/#/@slack_t1-u1:example.org">`, `<a href="https://matrix.to/#/@carol:example.org">`,
		`<a href="https://matrix.to/#/!general:example.org">`, `<a href="https://example.org/?a&b|c<>">`, `<a href="javascript:x">`, `<a href="mailto:a@b">`,
		`<span data-mx-spoiler="why">`, `<font color="#ff0000">`, `<code class="language-go">`, `<ol start="4">`, `<ol start="-1">`, `<span data-mx-maths="x^2">`,
	}
	for _, name := range strings.Fields("b i u s del code p div pre blockquote ul ol li h1 h6 table thead tbody tr td th details summary sup sub a span script mx-reply") {
		out = append(out, "<"+name+">", "</"+name+">")
	}
	return out
}

func (m mixture) richText(depth int) any {
	kinds := []string{
		"rich_text", "rich_text_section", "rich_text_list", "rich_text_quote", "rich_text_preformatted", "text", "link", "emoji", "user",
		"channel", "usergroup", "broadcast", "date", "color", "team", "message_mention", "novelty", "section", "header", "context", "divider", "image",
		"markdown", "table", "actions", "video", "file", "call", "input", "button", "static_select", "checkboxes", "mrkdwn", "plain_text", "raw_text",
		"container", "card", "carousel", "plan", "task_card", "alert", "data_visualization", "auth_provider", "overflow", "users_select", "url",
		"salesforce_data_field", "canvas_message_unfurl", "rich_text_header", "action_cell", "icon",
	}
	o := map[string]any{"type": kinds[m.IntN(len(kinds))]}
	for range m.IntN(7) {
		keys := []string{
			"text", "elements", "fields", "accessory", "title", "url", "style", "indent", "offset", "user_id", "channel_id", "range", "name", "unicode",
			"skin_tone", "timestamp", "format", "fallback", "rows", "label", "element", "options", "image_url", "border", "language", "alt_text", "value",
			"child_blocks", "rich_text_title", "chart", "segments", "series", "data", "axis_config", "categories", "tasks", "sources", "output", "status",
			"hero_image", "actions", "initial_user", "initial_users", "initial_value", "source_url", "icon_url", "provider_name", "novelty",
		}
		key := keys[m.IntN(len(keys))]
		o[key] = m.value(key, depth)
	}
	return o
}

func (m mixture) value(key string, depth int) any {
	switch m.IntN(8) {
	case 0:
		return m.IntN(12) - 2
	case 1:
		return m.IntN(2) == 0
	case 2, 3:
		if depth > 0 {
			return m.richText(depth - 1)
		}
	case 4, 5:
		var list []any
		for range m.IntN(4) {
			if depth > 0 {
				list = append(list, m.richText(depth-1))
			}
		}
		if key == "rows" {
			return []any{list, list, nil}
		}
		return list
	}
	if key == "url" || key == "image_url" {
		return "https://example.org/" + m.of(3, mrkdwnPieces())
	}
	return m.of(8, mrkdwnPieces())
}

func TestMixturesFromSlack(t *testing.T) {
	mixtures(t, func(m mixture) {
		in := slackfmt.Input{Text: m.of(60, mrkdwnPieces())}
		if m.IntN(2) == 0 {
			blocks, err := json.Marshal([]any{m.richText(5), m.richText(4), m.richText(3)})
			require.NoError(t, err)
			in.Blocks = blocks
		}
		if m.IntN(3) == 0 {
			text := func() string { return m.of(5, mrkdwnPieces()) }
			in.Attachments = []slackevent.Attachment{{
				Text: text(), Title: text(), TitleLink: text(), AuthorName: text(), Footer: text(), TS: "1700000000",
				Pretext: text(), Fallback: text(), Blocks: in.Blocks, Actions: in.Blocks, Fields: []slackevent.Field{{Title: text(), Value: text()}},
			}}
		}
		content := slackfmt.ToMatrix(in, people{})
		requireSaneContent(t, content)
		require.NotEmpty(t, strings.TrimSpace(content.Body))
		pieces := slackfmt.SplitForMatrix(content, 1500)
		for _, piece := range pieces {
			requireSaneContent(t, piece)
			requireSmall(t, piece, 1500)
		}
		again := slackfmt.Reread(content)
		require.Equal(t, content.Body, again.Body)
		require.Equal(t, content.FormattedBody, again.FormattedBody)
	})
}

func TestMixturesFromMatrix(t *testing.T) {
	mixtures(t, func(m mixture) {
		content := &event.MessageEventContent{
			MsgType: event.MsgText, Body: "body", Format: event.FormatHTML, FormattedBody: m.of(60, htmlPieces()),
			Mentions: &event.Mentions{Room: m.IntN(4) == 0, UserIDs: nil},
		}
		if m.IntN(2) == 0 {
			content.Mentions.Add("@slack_t1-u1:example.org")
		}
		whole := slackfmt.ToSlack(content, rooms{})
		requireSaneMessage(t, whole, content.Mentions.Room)
		for _, piece := range slackfmt.SplitForSlack(content, rooms{}, 120) {
			requireSaneMessage(t, piece, content.Mentions.Room)
			require.LessOrEqual(t, utf8.RuneCountInString(piece.Text), 120)
		}
		requireSaneContent(t, throughSlack(t, content))
	})
}
