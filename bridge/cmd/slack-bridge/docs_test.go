package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// repository is its root, seen from this folder.
const repository = "../../.."

// TestDocumentedCommandsExist: a command line in a document has a command and flags
// that this program knows.
func TestDocumentedCommandsExist(t *testing.T) {
	checked := 0
	for document, text := range documents(t) {
		for _, args := range commandLines(text) {
			checked++
			require.Empty(t, unknownIn(args), "%s: %s %s", document, program, strings.Join(args, " "))
		}
	}
	require.Greater(t, checked, 15)
}

// TestCommandLinesAreFound keeps the test above from looking past what it is for.
func TestCommandLinesAreFound(t *testing.T) {
	lines := commandLines("Run `slack-bridge config check`, see `slack-bridge`.\n" +
		"```console\n$ sudo -u slack_bridge slack-bridge doctor -c x | tail -n 1\n# journalctl -u slack-bridge -n 50\nslack-bridge: no\n" +
		"  slack-bridge run \\\n    --config y\n```\n")
	require.Equal(t, [][]string{{"config", "check"}, {"doctor", "-c", "x"}, {"run", "--config", "y"}}, lines)

	require.Equal(t, "no such command", unknownIn([]string{"confg", "check"}))
	require.Equal(t, "no such command", unknownIn([]string{"config"}))
	require.Equal(t, "no flag --jsn", unknownIn([]string{"doctor", "--jsn"}))
	require.Equal(t, "no flag -x", unknownIn([]string{"-x"}))
	require.Empty(t, unknownIn([]string{"doctor", "--json", "--public=your.server"}))
}

func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, start := range []string{"README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs"} {
		err := filepath.WalkDir(filepath.Join(repository, start), func(path string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(path, ".md") {
				return err
			}
			text, err := os.ReadFile(path)
			found[path] = string(text)
			return err
		})
		require.NoError(t, err)
	}
	return found
}

// commandLines returns the arguments of each call of this program in code: in
// backticks, or in a line of a block.
func commandLines(text string) [][]string {
	typed := regexp.MustCompile(`^\s*(?:[$#] )?(?:sudo (?:-u \S+ )?)?(?:\S*/)?` + program + `((?: +[^\s|;&<>]+)+)`)
	var found [][]string
	add := func(code string) {
		if match := typed.FindStringSubmatch(code); match != nil {
			found = append(found, strings.Fields(match[1]))
		}
	}
	block := false
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		switch {
		case strings.HasPrefix(strings.TrimSpace(line), "```"):
			block = !block
		case block:
			add(line)
		default:
			for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
				add(span[1])
			}
		}
	}
	return found
}

// unknownIn says what of a command line this program does not know.
func unknownIn(args []string) string {
	o := newOptions("")
	switch {
	case args[0] == "help" || wantsHelp(args):
		return ""
	case strings.HasPrefix(args[0], "-"):
		declareShort(o)
	default:
		command, rest := find(args)
		if command == nil {
			return "no such command"
		}
		command.setup(o)
		args = rest
	}
	for _, arg := range args {
		name, _, _ := strings.Cut(strings.TrimLeft(arg, "-"), "=")
		if strings.HasPrefix(arg, "-") && name != "" && o.set.Lookup(name) == nil {
			return "no flag " + arg
		}
	}
	return ""
}
