package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestOffsitePageKnowsItsWords: each way in which nothing goes off the host has its row with a
// cure, and no row has words that are not said.
func TestOffsitePageKnowsItsWords(t *testing.T) {
	_, section, found := strings.Cut(documents(t)["docs/offsite.md"], "## If nothing goes off the host\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	text, err := os.ReadFile(filepath.Join(root, "modules/ops/backup/failed.sh"))
	require.NoError(t, err)
	var said []string
	for _, match := range regexp.MustCompile(`why=(?:'([^']+)'|"(restic [^$]+))`).FindAllStringSubmatch(string(text), -1) {
		said = append(said, match[1]+match[2])
	}
	rows := regexp.MustCompile("(?m)^\\| `([^`]+)` \\|").FindAllStringSubmatch(section, -1)
	require.Len(t, rows, len(said))
	for _, line := range said {
		known := 0
		for _, row := range rows {
			if strings.HasPrefix(line, strings.TrimSuffix(row[1], "…")) {
				known++
			}
		}
		require.Equal(t, 1, known, "%q has one row", line)
	}
}
