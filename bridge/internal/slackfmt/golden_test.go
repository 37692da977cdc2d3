package slackfmt_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// eachCase runs translate on every testdata/<direction>/<case>.json and compares
// the result with <case>.golden.
func eachCase(t *testing.T, direction string, translate func(t *testing.T, in []byte) any) {
	files, err := filepath.Glob(filepath.Join("testdata", direction, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".json")
		t.Run(name, func(t *testing.T) {
			in, err := os.ReadFile(file)
			require.NoError(t, err)
			got := readable(t, translate(t, in))
			golden := strings.TrimSuffix(file, ".json") + ".golden"
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(got), 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err)
			require.Equal(t, string(want), got)
		})
	}
}

// readable is JSON as people read it.
func readable(t *testing.T, value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	require.NoError(t, encoder.Encode(value))
	return b.String()
}

// inputOf is what a message's JSON says.
func inputOf(t require.TestingT, source string) slackfmt.Input {
	message, err := slackevent.DecodeMessage([]byte(source))
	require.NoError(t, err)
	return slackfmt.InputOf(message)
}

func TestSlackToMatrix(t *testing.T) {
	t.Run("6 from Slack", func(t *testing.T) {
		eachCase(t, "slack-to-matrix", func(t *testing.T, data []byte) any {
			content := slackfmt.ToMatrix(inputOf(t, string(data)), people{})
			requireSaneContent(t, content)
			require.NotEmpty(t, strings.TrimSpace(content.Body))
			return content
		})
	})
}

// TestMatrixToSlack: in the cases whose names begin with may-notify-, the sender may
// notify all people in the room.
func TestMatrixToSlack(t *testing.T) {
	eachCase(t, "matrix-to-slack", func(t *testing.T, data []byte) any {
		var content event.MessageEventContent
		require.NoError(t, json.Unmarshal(data, &content))
		var names slackfmt.FromMatrix = rooms{}
		mayNotify := strings.Contains(t.Name(), "/may-notify-")
		if mayNotify {
			names = notifier{}
		}
		message := slackfmt.ToSlack(&content, names)
		requireSaneMessage(t, message, mayNotify || content.Mentions != nil && content.Mentions.Room)
		return map[string]any{"text": message.Text, "blocks": message.Blocks}
	})
}
