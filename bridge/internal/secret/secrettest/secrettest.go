// Package secrettest owns the one check that every test puts its logs, errors and
// pages through: nothing in them may be shaped like a token, or be a secret that
// the test knows. It is imported by tests and the testbed only.
package secrettest

import (
	"bytes"
	"io"
	"strings"
	"sync"
	"testing"

	"ops-jrz1/bridge/internal/secret"
)

// Check fails the test when something shaped like a token, or one of the known
// secrets, is in text; what names the text: a log, an error, a page. Known
// secrets catch those of no recognisable shape. The failure does not show them.
func Check(t testing.TB, what, text string, known ...string) {
	t.Helper()
	// What a program has already hidden itself is no token.
	text = strings.ReplaceAll(text, "<redacted>", "")
	for line := range strings.Lines(text) {
		if found := secret.Find(line); found != "" {
			t.Errorf("%s shows something like a token: %s", what, hide(line, known))
			return
		}
		for _, value := range known {
			if value != "" && strings.Contains(line, value) {
				t.Errorf("%s shows a secret: %s", what, hide(line, known))
				return
			}
		}
	}
}

// around is how many bytes on either side of a secret name its place.
const around = 200

// hide keeps the place recognisable and the secret out of the test's own output.
func hide(line string, known []string) string {
	line = secret.Redact(strings.TrimSpace(line))
	for _, value := range known {
		if value != "" {
			line = strings.ReplaceAll(line, value, secret.Mask)
		}
	}
	before, after, _ := strings.Cut(line, secret.Mask)
	return before[max(0, len(before)-around):] + secret.Mask + after[:min(len(after), around)]
}

// Log returns where a test's log goes. When the test and its clean-ups ended, what
// was written is put through Check. Any number of goroutines may write.
func Log(t testing.TB, known ...string) io.Writer {
	t.Helper()
	log := &buffer{}
	t.Cleanup(func() {
		t.Helper()
		Check(t, "the log", log.String(), known...)
	})
	return log
}

// buffer is a bytes.Buffer for any number of goroutines.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// Write implements io.Writer.
func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

// String is what was written.
func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}
