package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLogLinesAreTheBridges: what a document says that the log says, the bridge can say.
// "…" is for what differs.
func TestLogLinesAreTheBridges(t *testing.T) {
	source := bridgeSource(t)
	quoted := regexp.MustCompile("log says `([^`]+)`")
	checked := 0
	for document, text := range documents(t) {
		for _, line := range quoted.FindAllStringSubmatch(text, -1) {
			checked++
			for part := range strings.SplitSeq(line[1], "…") {
				part = regexp.MustCompile(`\bU$`).ReplaceAllString(part, "") // of an id, "U…"
				require.Contains(t, source, strings.TrimSpace(part), "%s: no program logs %q", document, line[1])
			}
		}
	}
	require.Greater(t, checked, 2)
}

// TestRunbookTrustsTheProbe: within continuwuity's back-off a person's message brings
// nothing, so that the runbook must not advise one where the homeserver keeps events.
func TestRunbookTrustsTheProbe(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| the homeserver (?:keeps|waits).*$`).FindString(documents(t)["docs/runbook.md"])
	require.NotEmpty(t, row)
	require.NotContains(t, row, "write any message")
	require.Contains(t, row, "probe")
}

// bridgeSource is all Go code of the bridge but its tests.
func bridgeSource(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "bridge"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	}))
	return all.String()
}
