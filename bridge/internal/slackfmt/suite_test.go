package slackfmt_test

import (
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Cases whose names begin with derivedCase have the shape of Slack's own payloads: each
// key and each kind of element that its message events have is in one of them.
const derivedCase = "event-"

// TestGoldenSuite says that the suite is large enough to rely on, and that no output
// shows people what is meant for programs.
func TestGoldenSuite(t *testing.T) {
	all, derived := 0, 0
	for _, direction := range []string{"slack-to-matrix", "matrix-to-slack"} {
		files, err := filepath.Glob(filepath.Join("testdata", direction, "*.golden"))
		require.NoError(t, err)
		for _, file := range files {
			all++
			name := filepath.Base(strings.TrimSuffix(file, ".golden"))
			if strings.HasPrefix(name, derivedCase) {
				derived++
			}
			t.Run(direction+"/"+name, func(t *testing.T) {
				input, err := os.ReadFile(strings.TrimSuffix(file, "golden") + "json")
				require.NoError(t, err)
				output, err := os.ReadFile(file)
				require.NoError(t, err)
				requireForPeople(t, shownBy(t, output), typedIn(t, input))
			})
		}
	}
	require.GreaterOrEqual(t, all, 160)
	require.GreaterOrEqual(t, 3*derived, all, "%d of %d", derived, all)
}

// forPrograms are signs of what people should not see: control sequences, escapes,
// placeholders and JSON.
var forPrograms = regexp.MustCompile(`<@|<#|<!|&(lt|gt|amp);|\[unsupported|unsupported block|\{"|":\s*["{\[]|map\[|\[object|%!`)

// requireForPeople checks each text that an output shows. What its author typed is shown
// as it was typed, whatever it looks like.
func requireForPeople(t *testing.T, shown []string, typed string) {
	for _, text := range shown {
		for _, sign := range forPrograms.FindAllString(text, -1) {
			require.Contains(t, typed, sign, text)
		}
	}
}

// shownBy is every text that a golden file shows: its message's text as it is read, and
// all that people see of a formatted body or of blocks.
func shownBy(t *testing.T, golden []byte) []string {
	var output map[string]any
	require.NoError(t, json.Unmarshal(golden, &output))
	if body, matrix := output["body"].(string); matrix {
		require.NotEmpty(t, strings.TrimSpace(body))
		formatted, _ := output["formatted_body"].(string)
		return []string{body, html.UnescapeString(htmlText(formatted))}
	}
	text, _ := output["text"].(string)
	if output["blocks"] != nil {
		require.NotEmpty(t, strings.TrimSpace(text))
	}
	return append(textsIn(output["blocks"]), unescape(ourControls.ReplaceAllString(text, "")))
}

// textsIn are the texts in blocks.
func textsIn(value any) []string {
	var out []string
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			out = append(out, textsIn(each)...)
		}
	case map[string]any:
		for key, each := range value {
			if text, ok := each.(string); ok && key == "text" {
				out = append(out, text)
			}
			out = append(out, textsIn(each)...)
		}
	}
	return out
}

// typedIn is what the author of an input typed: Slack escapes it in mrkdwn and leaves it
// as it is in rich_text; in Matrix a body is literal and HTML is escaped.
func typedIn(t *testing.T, input []byte) string {
	var message any
	require.NoError(t, json.Unmarshal(input, &message))
	var out []string
	collectTyped(message, "", &out)
	return strings.Join(out, "\n")
}

var codeSpan = regexp.MustCompile("`[^`]+`")

func collectTyped(value any, kind string, out *[]string) {
	switch value := value.(type) {
	case []any:
		for _, each := range value {
			collectTyped(each, kind, out)
		}
	case map[string]any:
		kind, _ := value["type"].(string)
		for key, each := range value {
			text, ok := each.(string)
			switch {
			case !ok:
				collectTyped(each, kind, out)
			case key == "body" || kind == "text" || kind == "raw_text":
				*out = append(*out, text)
			case kind == "markdown": // in whose code everything is literal
				*out = append(*out, codeSpan.FindAllString(text, -1)...)
				*out = append(*out, unescape(ourControls.ReplaceAllString(text, "")))
			default:
				*out = append(*out, unescape(ourControls.ReplaceAllString(text, "")))
			}
		}
	}
}
