// Package docs_test keeps the documentation true to the tree: what a page names
// has to exist.
package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const root = "../.."

// code matches a span of code; pathLike what in it is a path of the repository:
// it begins with a top-level folder that has to be there.
var (
	code     = regexp.MustCompile("`([^`\n]+)`")
	pathLike = regexp.MustCompile(`^(?:\.ci|bridge|deploy|docs|hosts|modules|scripts|secrets|tests)(?:/[\w.+-]+)*/?$|^[A-Z]\w*\.md$`)
	target   = regexp.MustCompile(`^([a-z-]+): .*##`)
	makeLine = regexp.MustCompile(`\bmake ([a-z][a-z-]*)`)
)

func TestPathsInDocsExist(t *testing.T) {
	checked := 0
	for page, text := range pages(t) {
		for _, span := range code.FindAllStringSubmatch(text, -1) {
			if !pathLike.MatchString(span[1]) {
				continue
			}
			checked++
			_, err := os.Stat(filepath.Join(root, span[1]))
			require.NoError(t, err, "%s names %s", page, span[1])
		}
	}
	require.NotZero(t, checked)
}

func TestMakeTargetsInDocsExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	targets := map[string]bool{}
	for line := range strings.Lines(string(makefile)) {
		if m := target.FindStringSubmatch(line); m != nil {
			targets[m[1]] = true
		}
	}
	checked := 0
	for page, text := range pages(t) {
		for _, span := range append(code.FindAllString(text, -1), commands(text)...) {
			for _, m := range makeLine.FindAllStringSubmatch(span, -1) {
				checked++
				require.True(t, targets[m[1]], "%s names make %s", page, m[1])
			}
		}
	}
	require.NotZero(t, checked)
}

// commands are the lines that a page shows as typed into a shell.
func commands(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "$ ") {
			found = append(found, line)
		}
	}
	return found
}

// pages are README, CHANGELOG and everything under docs, by path.
func pages(t *testing.T) map[string]string {
	t.Helper()
	var paths []string
	for _, pattern := range []string{"*.md", "docs/*.md", "docs/*/*.md"} {
		found, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		paths = append(paths, found...)
	}
	texts := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	require.NotEmpty(t, texts)
	return texts
}
