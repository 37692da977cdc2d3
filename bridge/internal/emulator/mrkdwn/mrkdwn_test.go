package mrkdwn_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/mrkdwn"
)

func TestStored(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"three characters":        {"a < b & c > d", "a &lt; b &amp; c &gt; d"},
		"entities stay":           {"a &lt; b &amp; c", "a &lt; b &amp; c"},
		"mention stays":           {"hi <@U1|ann> in <#C1>", "hi <@U1|ann> in <#C1>"},
		"broadcast stays":         {"<!channel> <!subteam^S1|@ops>", "<!channel> <!subteam^S1|@ops>"},
		"labelled link":           {"<https://a.example/?x=1&y=2|here>", "<https://a.example/?x=1&y=2|here>"},
		"bare link":               {"see https://a.example/b?x=1&y=2.", "see <https://a.example/b?x=1&amp;y=2>."},
		"not a control sequence":  {"<nothing> <@lower>", "&lt;nothing&gt; &lt;@lower&gt;"},
		"emoji by name":           {"done 🎉", "done :tada:"},
		"unfinished":              {"<https://a.example", "&lt;https://a.example"},
		"address inside of words": {"xhttp://a.example", "xhttp://a.example"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, c.want, mrkdwn.Stored(c.in))
		})
	}
}

func TestRichText(t *testing.T) {
	cases := map[string]struct{ in, want string }{
		"plain":        {"hi", `[{"type":"rich_text_section","elements":[{"type":"text","text":"hi"}]}]`},
		"unescaped":    {"a &lt; b", `[{"type":"rich_text_section","elements":[{"type":"text","text":"a < b"}]}]`},
		"bold":         {"*b*", `[{"type":"rich_text_section","elements":[{"type":"text","text":"b","style":{"bold":true}}]}]`},
		"nested":       {"*b _i_*", `[{"type":"rich_text_section","elements":[{"type":"text","text":"b ","style":{"bold":true}},{"type":"text","text":"i","style":{"bold":true,"italic":true}}]}]`},
		"in a word":    {"a*b*c snake_case_name", `[{"type":"rich_text_section","elements":[{"type":"text","text":"a*b*c snake_case_name"}]}]`},
		"a face":       {`¯\_(ツ)_/¯ and ¯\_(ツ)_/¯`, `[{"type":"rich_text_section","elements":[{"type":"text","text":"¯\\_(ツ)_/¯ and ¯\\_(ツ)_/¯"}]}]`},
		"code":         {"`*x*`", `[{"type":"rich_text_section","elements":[{"type":"text","text":"*x*","style":{"code":true}}]}]`},
		"user":         {"<@U1>", `[{"type":"rich_text_section","elements":[{"type":"user","user_id":"U1"}]}]`},
		"link":         {"<https://x.example|y>", `[{"type":"rich_text_section","elements":[{"type":"link","url":"https://x.example","text":"y"}]}]`},
		"emoji":        {":tada:", `[{"type":"rich_text_section","elements":[{"type":"emoji","name":"tada","unicode":"1f389"}]}]`},
		"time of day":  {"at 12:30:45", `[{"type":"rich_text_section","elements":[{"type":"text","text":"at 12:30:45"}]}]`},
		"quote":        {"&gt; q\nrest", `[{"type":"rich_text_quote","elements":[{"type":"text","text":"q"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"rest"}]}]`},
		"preformatted": {"```\na\nb\n```", `[{"type":"rich_text_preformatted","border":0,"elements":[{"type":"text","text":"a\nb"}]}]`},
		"list":         {"• a\n• b", `[{"type":"rich_text_list","style":"bullet","indent":0,"border":0,"elements":[{"type":"rich_text_section","elements":[{"type":"text","text":"a"}]},{"type":"rich_text_section","elements":[{"type":"text","text":"b"}]}]}]`},
		"unclosed":     {"*b", `[{"type":"rich_text_section","elements":[{"type":"text","text":"*b"}]}]`},
		"date":         {"<!date^1700000000^{date}|then>", `[{"type":"rich_text_section","elements":[{"type":"date","timestamp":1700000000,"format":"{date}","fallback":"then"}]}]`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var blocks []struct {
				Type     string          `json:"type"`
				BlockID  string          `json:"block_id"`
				Elements json.RawMessage `json:"elements"`
			}
			require.NoError(t, json.Unmarshal(mrkdwn.RichText(c.in, nil), &blocks))
			require.Len(t, blocks, 1)
			require.Equal(t, "rich_text", blocks[0].Type)
			require.NotEmpty(t, blocks[0].BlockID)
			require.JSONEq(t, c.want, string(blocks[0].Elements))
		})
	}
	require.Nil(t, mrkdwn.RichText("  \n", nil))
}

// TestRichTextCustomEmoji has a workspace's own emoji become elements without code
// points, whatever stands behind the name; names that nothing has stay text.
func TestRichTextCustomEmoji(t *testing.T) {
	emoji := map[string]string{"party": "https://emoji.example/party.png", "agreed": "alias:+1"}
	var blocks []struct {
		Elements json.RawMessage `json:"elements"`
	}
	require.NoError(t, json.Unmarshal(mrkdwn.RichText("*:party:* :agreed::tada: :other: `:party:`", emoji), &blocks))
	require.Len(t, blocks, 1)
	require.JSONEq(t, `[{"type":"rich_text_section","elements":[
		{"type":"emoji","name":"party","style":{"bold":true}},
		{"type":"text","text":" "},
		{"type":"emoji","name":"agreed"},
		{"type":"emoji","name":"tada","unicode":"1f389"},
		{"type":"text","text":" :other: "},
		{"type":"text","text":":party:","style":{"code":true}}
	]}]`, string(blocks[0].Elements))
}

func FuzzRichText(f *testing.F) {
	for _, s := range []string{"*a*", "<@U1>", "```x```", "&gt; q", "• l", ":l:", "_*~`", "👍🏽"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		stored := mrkdwn.Stored(s)
		require.Equal(t, stored, mrkdwn.Stored(stored), "storing again changes nothing")
		if raw := mrkdwn.RichText(stored, map[string]string{"l": "alias:+1"}); raw != nil {
			require.True(t, json.Valid(raw))
		}
	})
}
