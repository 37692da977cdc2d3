package slackfmt_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

func TestShows(t *testing.T) {
	for name, tc := range map[string]struct {
		input slackfmt.Input
		want  bool
	}{
		"nothing":       {slackfmt.Input{}, false},
		"white space":   {slackfmt.Input{Text: " \n"}, false},
		"empty blocks":  {slackfmt.Input{Blocks: []byte(`[{"type":"rich_text","elements":[]}]`)}, false},
		"where it is":   {slackfmt.Input{Permalink: "https://example.slack.com/archives/C1/p1"}, false},
		"text":          {slackfmt.Input{Text: "hello"}, true},
		"blocks":        {slackfmt.Input{Blocks: []byte(`[{"type":"divider"},{"type":"header","text":{"type":"plain_text","text":"hi"}}]`)}, true},
		"an attachment": {slackfmt.Input{Attachments: []slackevent.Attachment{{Title: "📎 a.pdf"}}}, true},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, tc.want, slackfmt.Shows(tc.input)) })
	}
}
