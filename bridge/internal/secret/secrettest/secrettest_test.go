package secrettest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret/secrettest"
)

// recorder is a test that notes how it failed.
type recorder struct {
	testing.TB
	errors []string
	ended  []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.ended = append(r.ended, f) }
func (r *recorder) Errorf(format string, args ...any) {
	r.errors = append(r.errors, fmt.Sprintf(format, args...))
}

func TestCheck(t *testing.T) {
	bot := "xoxb-" + "1234-5678-abcdefgh"
	for name, tc := range map[string]struct {
		text string
		want []string
	}{
		"clean":               {text: "connected to T0001 as bridge\n"},
		"hidden by us":        {text: "token [redacted] was refused\n"},
		"hidden by Synapse":   {text: "GET /sync?access_token=<redacted> 200\n"},
		"a bot token":         {text: "fine\nuse " + bot + " now\n", want: []string{"the log shows something like a token: use [redacted] now"}},
		"one of no shape":     {text: "password swordfish\n", want: []string{"the log shows a secret: password [redacted]"}},
		"both on one line":    {text: "swordfish " + bot, want: []string{"the log shows something like a token: [redacted] [redacted]"}},
		"far into the line":   {text: strings.Repeat("-", 1000) + " " + bot + " " + strings.Repeat("-", 1000), want: []string{"the log shows something like a token: " + strings.Repeat("-", 199) + " [redacted] " + strings.Repeat("-", 199)}},
		"a key and its value": {text: "as_token: abcdefghijkl\n", want: []string{"the log shows something like a token: as_token: [redacted]"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{TB: t}
			secrettest.Check(r, "the log", tc.text, "swordfish", "")
			require.Equal(t, tc.want, r.errors)
		})
	}
}

func TestLogIsCheckedAtTheEnd(t *testing.T) {
	r := &recorder{TB: t}
	log := secrettest.Log(r, "swordfish")
	fmt.Fprintln(log, "connected")
	fmt.Fprintln(log, "password swordfish")
	require.Empty(t, r.errors)
	for _, end := range r.ended {
		end()
	}
	require.Equal(t, []string{"the log shows a secret: password [redacted]"}, r.errors)
}
