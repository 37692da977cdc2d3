package slackfmt_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// seeds are the inputs of the golden tests of one direction.
func seeds(f *testing.F, direction string) [][]byte {
	files, err := filepath.Glob(filepath.Join("testdata", direction, "*.json"))
	require.NoError(f, err)
	require.NotEmpty(f, files)
	var out [][]byte
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		out = append(out, data)
	}
	return out
}

func FuzzToMatrix(f *testing.F) {
	for _, seed := range seeds(f, "slack-to-matrix") {
		var message slackevent.Message
		require.NoError(f, slackevent.Unmarshal(seed, &message))
		attachments, err := json.Marshal(message.Attachments)
		require.NoError(f, err)
		f.Add(message.Text, string(message.Blocks), string(attachments))
	}
	f.Fuzz(func(t *testing.T, text, blocks, attachments string) {
		in := slackfmt.Input{Text: text, Blocks: json.RawMessage(blocks)}
		if err := json.Unmarshal([]byte(attachments), &in.Attachments); err != nil {
			in.Attachments = nil
		}
		content := slackfmt.ToMatrix(in, people{})
		requireSaneContent(t, content)
		require.NotEmpty(t, strings.TrimSpace(content.Body))
		for _, piece := range slackfmt.SplitForMatrix(content, 2000) {
			requireSaneContent(t, piece)
			requireSmall(t, piece, 2000)
		}
		requireSaneMessage(t, slackfmt.ToSlack(content, rooms{}), content.Mentions.Room)
	})
}

func FuzzToSlack(f *testing.F) {
	for _, seed := range seeds(f, "matrix-to-slack") {
		var content event.MessageEventContent
		require.NoError(f, json.Unmarshal(seed, &content))
		f.Add(content.Body, content.FormattedBody, content.Mentions != nil && content.Mentions.Room)
	}
	f.Add("", "<a href=mAilto:000>0</a>", false)
	f.Add("HTTPS://example.org/ mAilto:a@example.org", "", false)
	f.Add("0", "<img src=mxc:// alt=\x19>", false)
	f.Fuzz(func(t *testing.T, body, formatted string, room bool) {
		content := &event.MessageEventContent{
			MsgType: event.MsgText, Body: body, Format: event.FormatHTML, FormattedBody: formatted,
			Mentions: &event.Mentions{Room: room},
		}
		requireSaneMessage(t, slackfmt.ToSlack(content, rooms{}), room)
		pieces := slackfmt.SplitForSlack(content, rooms{}, 300)
		require.Equal(t, slackfmt.Sendable(content) == nil, len(pieces) > 0)
		for _, piece := range pieces {
			requireSaneMessage(t, piece, room)
			require.LessOrEqual(t, utf8.RuneCountInString(piece.Text), 300)
			require.NotEmpty(t, strings.TrimSpace(piece.Text))
		}
		back := throughSlack(t, content)
		requireSaneContent(t, back)
		require.True(t, room || !back.Mentions.Room)
	})
}

func FuzzPlainBodyComesThrough(f *testing.F) {
	f.Add("*a* <!here> :tada: `x`\n> y &amp; https://example.org/_x_")
	f.Add(strings.Repeat("😀<&>\n", 300))
	f.Fuzz(func(t *testing.T, body string) {
		body = strings.Map(func(r rune) rune {
			if r < ' ' && r != '\n' && r != '\t' || r == 0x7f || r == utf8.RuneError {
				return -1 // not fit for an event
			}
			return r
		}, body)
		content := &event.MessageEventContent{MsgType: event.MsgText, Body: body}
		if slackfmt.Sendable(content) != nil {
			require.Empty(t, slackfmt.SplitForSlack(content, nil, 200))
			return
		}
		var texts strings.Builder
		for _, piece := range slackfmt.SplitForSlack(content, nil, 200) {
			texts.WriteString(unescape(piece.Text))
		}
		require.Equal(t, strings.Join(strings.Fields(body), ""), strings.Join(strings.Fields(texts.String()), ""))
		var bodies strings.Builder
		for _, piece := range slackfmt.SplitForMatrix(content, 700) {
			bodies.WriteString(piece.Body)
		}
		require.Equal(t, body, bodies.String())
	})
}

func FuzzEmoji(f *testing.F) {
	f.Add("+1::skin-tone-2")
	f.Add("👍🏻")
	f.Fuzz(func(t *testing.T, text string) {
		if emoji, ok := slackfmt.EmojiFromSlack(text); ok {
			name, ok := slackfmt.EmojiToSlack(emoji)
			require.True(t, ok)
			again, _ := slackfmt.EmojiFromSlack(name)
			require.Equal(t, emoji, again)
		}
		if name, ok := slackfmt.EmojiToSlack(text); ok {
			emoji, ok := slackfmt.EmojiFromSlack(name)
			require.True(t, ok)
			require.Equal(t, strings.ReplaceAll(text, "\ufe0f", ""), strings.ReplaceAll(emoji, "\ufe0f", ""))
		}
	})
}

// TestHostileInputTakesNoTime has texts on which a careless parser takes minutes.
func TestHostileInputTakesNoTime(t *testing.T) {
	const n = 40_000
	for name, text := range map[string]string{
		"opened stars":    strings.Repeat("*a ", n/3),
		"opened brackets": strings.Repeat("<", n),
		"ticks":           strings.Repeat("`", n),
		"colons":          strings.Repeat(":a", n/2),
		"fences":          strings.Repeat("```", n/3),
		"all markers":     strings.Repeat("*_~`<:&", n/7),
		"nested markers":  strings.Repeat("*_~", n/3) + "x" + strings.Repeat("~_*", n/3),
		"quotes":          strings.Repeat("&gt; ", n/5),
		"quoted lines":    strings.Repeat("&gt;\n", n/5),
		"mentions":        strings.Repeat("<@U1>", n/5),
		"elements":        strings.Repeat("<b>", n/3),
		"quote elements":  strings.Repeat("<blockquote>", 500) + strings.Repeat("line<br>", n/8),
		"list elements":   strings.Repeat("<ul><li>", 250) + strings.Repeat("line<br>", n/8),
		"anchors":         strings.Repeat(`<a href="https://example.org">`, n/30),
		"spoilers":        strings.Repeat(`<span data-mx-spoiler>x</span>y`, n/30),
	} {
		t.Run(name, func(t *testing.T) {
			begin := cpuTime(t)
			content := slackfmt.ToMatrix(slackfmt.Input{Text: text}, people{})
			slackfmt.SplitForMatrix(content, slackfmt.MaxMatrixBytes)
			html := &event.MessageEventContent{MsgType: event.MsgText, Body: text, Format: event.FormatHTML, FormattedBody: text}
			slackfmt.SplitForSlack(html, rooms{}, slackfmt.MaxSlackChars)
			slackfmt.SplitForMatrix(html, slackfmt.MaxMatrixBytes)
			require.Less(t, cpuTime(t)-begin, 20*time.Second)
		})
	}
}

// cpuTime is how long this process has kept a processor busy: other work of the machine
// does not count.
func cpuTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	require.NoError(t, syscall.Getrusage(syscall.RUSAGE_SELF, &used))
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}
