// Package bridge_test holds the arrows between the packages below internal, as
// docs/architecture.md draws them.
package bridge_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "ops-jrz1/bridge/internal/"

// forbidden are arrows that must not be: what a package may not import, by the folders
// of internal. "*" is any of them.
func forbidden() map[string][]string {
	return map[string][]string{
		"slackid":     {"*"},
		"matrixevent": {"*"},
		"failpoint":   {"*"},
		"secret":      {"*"},
		"exit":        {"*"},
		"atomicfile":  {"*"},
		"slackevent":  {"slackapi", "slackws", "slackfmt", "connector", "inbox", "matrixin", "app", "settings", "slackdb"},
		"slackfmt":    {"slackapi", "slackws", "connector", "inbox", "matrixin", "app", "settings", "slackdb"},
		"slackws":     {"slackapi", "slackfmt", "connector", "inbox", "matrixin", "app", "settings", "slackdb"},
		"slackapi":    {"slackws", "slackfmt", "connector", "inbox", "matrixin", "app", "settings", "slackdb"},
		"slackdb":     {"slackapi", "slackws", "slackfmt", "slackevent", "connector", "inbox", "matrixin", "app", "settings"},
		"inbox":       {"slackid", "slackapi", "slackws", "slackfmt", "slackevent", "slackdb", "connector", "matrixin", "matrixevent", "app", "settings"},
		"matrixin":    {"slackid", "slackapi", "slackws", "slackfmt", "slackevent", "slackdb", "connector", "app", "settings"},
		"delivery":    {"*"},
		"backup":      {"slackid", "slackapi", "slackws", "slackfmt", "slackevent", "slackdb", "connector", "matrixin", "matrixevent", "inbox", "operator", "app", "doctor"},
		"operator":    {"slackid", "slackapi", "slackws", "slackfmt", "slackevent", "slackdb", "connector", "matrixin", "matrixevent", "app", "settings", "database"},
		"connector":   {"app", "matrixin", "doctor", "delivery"},
		"doctor":      {"app", "connector", "matrixin"},
		"settings":    {"connector", "app", "matrixin", "inbox", "slackws", "slackapi"},
		"app":         {"doctor"},
	}
}

// testOnly are packages that only tests, the demo and the emulator's program import.
func testOnly() []string { return []string{"emulator", "testbed"} }

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "goolm", "-json=ImportPath,Imports", "ops-jrz1/bridge/...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	require.NoError(t, err)
	var all []listed
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		err := decoder.Decode(&p)
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		all = append(all, p)
	}
}

// folder is the first folder of a package below this one, or "".
func folder(importPath string) string {
	rest, ours := strings.CutPrefix(importPath, module)
	if !ours {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

func TestImports(t *testing.T) {
	rules := forbidden()
	all := packages(t)
	require.NotEmpty(t, all)
	for _, p := range all {
		from := folder(p.ImportPath)
		for _, imported := range p.Imports {
			to := folder(imported)
			require.False(t, strings.HasPrefix(imported, "ops-jrz1/bridge/cmd"), "%s imports %s: nothing imports a program", p.ImportPath, imported)
			if to == "" || to == from {
				continue
			}
			banned := rules[from]
			require.False(t, slices.Contains(banned, to) || slices.Contains(banned, "*"), "%s must not import %s; see docs/architecture.md", p.ImportPath, imported)
			if slices.Contains(testOnly(), to) && !slices.Contains(testOnly(), from) {
				require.True(t, mayImportTests(p.ImportPath), "%s imports %s, which is for tests, the demo and the emulator's program", p.ImportPath, imported)
			}
		}
	}
}

// mayImportTests says whether a package is one of those for which emulator and testbed
// exist.
func mayImportTests(importPath string) bool {
	for _, prefix := range []string{"ops-jrz1/bridge/cmd/demo", "ops-jrz1/bridge/cmd/slack-emulator", "ops-jrz1/bridge/cmd/torture", "ops-jrz1/bridge/cmd/bench", module + "torture", module + "bench"} {
		if strings.HasPrefix(importPath, prefix) {
			return true
		}
	}
	return false
}

// TestForerunnersAreGone names the files that package inbox has taken the place of.
func TestForerunnersAreGone(t *testing.T) {
	for _, pattern := range []string{
		"journal", "connector/lanes.go", "connector/late.go", "connector/gate.go", "connector/verdict.go", "connector/prune.go",
		"matrixin/lanes.go", "matrixin/worker.go", "matrixin/retry.go", "matrixin/recent.go", "matrixin/drain.go",
	} {
		found, err := filepath.Glob(filepath.Join("internal", pattern))
		require.NoError(t, err)
		require.Empty(t, found)
	}
}
