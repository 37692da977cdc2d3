package slackfmt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackfmt"
)

func TestTopic(t *testing.T) {
	for topic, want := range map[string]string{
		"R&amp;D <https://example.com|wiki> <@U1> :tada: &lt;b&gt;":               "R&D wiki (https://example.com) @Ann 🎉 <b>",
		"Q&amp;A about &lt;things&gt;":                                            "Q&A about <things>",
		"<#C1> <#C9|ops> <#C404> <@U3> <@U404|Dora>":                              "#general #ops #C404 @Unknown @Dora",
		"<!subteam^S9|@oncall> and <!subteam^S1> <!here>":                         "@oncall and @admins @here",
		"*starred* _and_ `more`":                                                  "*starred* _and_ `more`",
		"<mailto:a@example.com|a@example.com> <https://example.com/?a=1&amp;b=2>": "a@example.com https://example.com/?a=1&b=2",
		" two\nlines \n":                        "two\nlines",
		"<!date^1700000000^{date}|in November>": "in November",
		"\u200b":                                "",
		"":                                      "",
		"5 < 6 > 4 <not a control":              "5 < 6 > 4 <not a control",
	} {
		require.Equal(t, want, slackfmt.Topic(topic, people{}), topic)
	}
	require.Equal(t, "@U1 #C1", slackfmt.Topic("<@U1> <#C1>", nil))
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"Ann": "Ann", "  Ann   Baker ": "Ann Baker", "R&amp;D bot": "R&D bot", "&lt;b&gt;": "<b>",
		"Ann\nBaker": "Ann Baker", "Ann\r\n\tBaker\x00": "Ann Baker", "\u2028a\u2029b": "a b",
		"\u200b": "", " \u3000\u00a0": "", "\u200d\ufe0f": "", "\u2800\u3164": "", "\u202e": "", "": "",
		"\u202eevil\u202c": "evil", "a\u200bb\u2060c\ufeff": "abc",
		"👨\u200d👩\u200d👧 fam": "👨\u200d👩\u200d👧 fam", "नमस्ते\u200c": "नमस्ते\u200c", "❤️": "❤️", "🏴󠁧󠁢󠁳󠁣󠁴󠁿": "🏴󠁧󠁢󠁳󠁣󠁴󠁿", "名前": "名前", "...": "...", "\xff": "\ufffd",
	} {
		require.Equal(t, want, slackfmt.Name(name), "%q", name)
	}
	require.Equal(t, "R&amp;D", slackfmt.OneLine("R&amp;D"), "a Matrix name is not escaped")
}
