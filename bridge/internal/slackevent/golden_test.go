package slackevent_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// eventFiles are the events of testdata/events, one payload a file, as Slack's
// reference describes them.
func eventFiles(t testing.TB) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("testdata/events/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	files := map[string][]byte{}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		var compact bytes.Buffer
		require.NoError(t, json.Compact(&compact, content))
		files[strings.TrimSuffix(filepath.Base(path), ".json")] = compact.Bytes()
	}
	return files
}

// callback wraps an event as Slack sends it.
func callback(event []byte) []byte {
	return fmt.Appendf(nil, `{"token":"","team_id":"T061EG9R6","api_app_id":"A0KRD7HC3","event":%s,
		"type":"event_callback","event_id":"Ev08MFMKH6","event_time":1700000000,
		"authorizations":[{"enterprise_id":null,"team_id":"T061EG9R6","user_id":"U19LU7CSZ","is_bot":true,"is_enterprise_install":false}],
		"is_ext_shared_channel":false,"event_context":"4-abc"}`, event)
}

func decode(t testing.TB, event []byte) slackevent.Event {
	t.Helper()
	cb, err := slackevent.ParseCallback(callback(event))
	require.NoError(t, err)
	decoded, err := slackevent.Decode(cb)
	require.NoError(t, err)
	return decoded
}

// TestEachEventDecodes compares what is read out of each event with a golden
// file, which says the Go type and the order domain too.
func TestEachEventDecodes(t *testing.T) {
	for name, content := range eventFiles(t) {
		t.Run(name, func(t *testing.T) {
			event := decode(t, content)
			shown, err := json.MarshalIndent(map[string]any{
				"kind": fmt.Sprintf("%T", event), "conversation": event.Conversation(), "event": event,
			}, "", "  ")
			require.NoError(t, err)
			shown = append(shown, '\n')
			golden := filepath.Join("testdata", "events", name+".golden")
			if *update {
				require.NoError(t, os.WriteFile(golden, shown, 0o644))
			}
			want, err := os.ReadFile(golden)
			require.NoError(t, err, "run with -update to make it, and read it")
			require.Equal(t, string(want), string(shown))
		})
	}
}

// TestEachTypeHasItsExample: what is in the table is tested above.
func TestEachTypeHasItsExample(t *testing.T) {
	shown := map[string]bool{}
	for _, content := range eventFiles(t) {
		var event struct {
			Type string `json:"type"`
		}
		require.NoError(t, json.Unmarshal(content, &event))
		shown[event.Type] = true
	}
	for _, eventType := range slackevent.DecodedTypes() {
		require.True(t, shown[eventType], "testdata/events has no %s", eventType)
	}
}

// TestDecodingIsStable says that what is decoded, written as JSON and decoded
// again is the same: nothing is read from a key other than it is written to.
func TestDecodingIsStable(t *testing.T) {
	for name, content := range eventFiles(t) {
		t.Run(name, func(t *testing.T) {
			event := decode(t, content)
			if unknown, ok := event.(*slackevent.Unknown); ok {
				require.JSONEq(t, string(content), string(unknown.Raw))
				return
			}
			written, err := json.Marshal(event)
			require.NoError(t, err)
			require.Equal(t, event, decode(t, written))
		})
	}
}
