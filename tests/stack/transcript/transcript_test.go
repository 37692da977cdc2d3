package transcript_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/transcript"
)

func TestParse(t *testing.T) {
	blocks, err := transcript.Parse("# T\n\n## One\n\n† DNS: it is yours.\n\n```console\n$ dig it\n1\n2\n# id\n```\n\n## Two\n\nText.\n\n```console\n$ true\n```\n\n```nix\n$ not typed\n```\n")
	require.NoError(t, err)
	require.Equal(t, []transcript.Block{
		{
			Line: 8, Heading: "One", Mark: &transcript.Mark{Subject: "DNS", Reason: "it is yours."},
			Steps: []transcript.Step{{Command: "dig it", Shown: []string{"1", "2"}}, {Root: true, Command: "id"}},
		},
		{Line: 19, Heading: "Two", Steps: []transcript.Step{{Command: "true"}}},
	}, blocks)
	for name, document := range map[string]string{
		"no command": "```console\n```\n", "no end": "```console\n$ true\n", "output first": "```console\nx\n$ true\n```\n",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := transcript.Parse(document)
			require.Error(t, err)
		})
	}
}

func TestCompare(t *testing.T) {
	for name, tc := range map[string]struct {
		shown  []string
		output string
		same   bool
	}{
		"nothing":               {nil, "", true},
		"something for nothing": {nil, "x\n", false},
		"the same":              {[]string{"a", "b"}, "a\nb\n", true},
		"without the last end":  {[]string{"a"}, "a", true},
		"a line more":           {[]string{"a"}, "a\nb\n", false},
		"a line less":           {[]string{"a", "b"}, "a\n", false},
		"any text":              {[]string{"a…c"}, "a b c\n", true},
		"no text":               {[]string{"ac…"}, "ac\n", true},
		"text is of one line":   {[]string{"a…c"}, "a\nc\n", false},
		"any lines":             {[]string{"a", "…", "d"}, "a\nb\nc\nd\n", true},
		"no lines":              {[]string{"a", "…", "b"}, "a\nb\n", true},
		"signs mean themselves": {[]string{"a.c (x)"}, "abc (x)\n", false},
	} {
		t.Run(name, func(t *testing.T) {
			err := transcript.Step{Command: "it", Shown: tc.shown}.Compare(tc.output)
			require.Equal(t, tc.same, err == nil, "%v", err)
		})
	}
}
