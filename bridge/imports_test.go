// Package bridge_test holds the contracts between the packages below internal: the
// arrows that docs/architecture.md draws, what each package's doc comment says that it
// must not do, and the tables that promise something.
package bridge_test

import (
	"encoding/json"
	"errors"
	"go/ast"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const module = "ops-jrz1/bridge/internal/"

// testOnly are packages that only tests, benchmarks, the demo and the emulator's program
// import.
func testOnly() []string { return []string{"emulator", "testbed", "torture"} }

// mustNot says for each package below internal what its files may not import apart from
// what the arrows forbid. "net" is that package alone, "net/..." it and all below.
func mustNot() map[string][]string {
	const (
		matrix  = "maunium.net/go/mautrix/..."
		slack   = "github.com/slack-go/..."
		http    = "net/http/..."
		sql     = "database/sql/..."
		dbutil  = "go.mau.fi/util/dbutil/..."
		websock = "github.com/coder/websocket"
		yaml    = "gopkg.in/yaml.v3"
		files   = "os"
	)
	return map[string][]string{
		"alerts":       {slack, websock, sql, dbutil, files, "maunium.net/go/mautrix/bridgev2/..."},
		"app":          {slack, websock},
		"appsetup":     {http, sql, dbutil, matrix, slack, yaml},
		"atomicfile":   {http, sql, yaml},
		"backup":       {matrix, slack, http},
		"connector":    {slack, websock, yaml, files, "golang.org/x/net/html/...", "github.com/yuin/goldmark/..."},
		"database":     {slack, http, "maunium.net/go/mautrix/bridgev2", "maunium.net/go/mautrix/event"},
		"delivery":     {slack, http, sql, dbutil, "maunium.net/go/mautrix/bridgev2/..."},
		"doctor":       {sql, dbutil, module + "atomicfile"},
		"exit":         {http, sql, dbutil, matrix, slack},
		"face":         {sql, dbutil, slack, files, "maunium.net/go/mautrix", "maunium.net/go/mautrix/event", "maunium.net/go/mautrix/bridgev2/..."},
		"failpoint":    {http, sql, matrix, slack},
		"health":       {matrix, slack, sql, dbutil},
		"inbox":        {matrix, slack, http},
		"logging":      {http, sql, slack, matrix},
		"matrixevent":  {http, sql, dbutil, slack, "maunium.net/go/mautrix/bridgev2/..."},
		"matrixmedia":  {slack, sql, dbutil, files, "maunium.net/go/mautrix/bridgev2/..."},
		"matrixin":     {slack, websock, "maunium.net/go/mautrix/bridgev2/..."},
		"media":        {matrix, slack, sql, dbutil},
		"metrics":      {matrix, slack, sql, dbutil},
		"operator":     {matrix, slack, sql, dbutil},
		"registration": {http, sql, slack, "crypto/rand"},
		"secret":       {files, http, sql},
		"settings":     {"net", http, sql, dbutil, slack, yaml},
		"slackapi":     {matrix, sql, dbutil, websock},
		"slackapp":     {http, sql, matrix, slack},
		"slackdb":      {http, slack, "maunium.net/go/mautrix", "maunium.net/go/mautrix/event"},
		"slackevent":   {matrix, slack, http, sql, files},
		"slackexport":  {slack, http, sql, dbutil, websock, matrix},
		"slackimport":  {slack, http, websock, "net", "maunium.net/go/mautrix/..."},
		"slackfmt":     {http, sql, dbutil, files},
		"slackid":      {http, sql, slack, files},
		"slackws":      {matrix, slack, sql, dbutil},
		"tables":       {sql, dbutil, http},
		"takeover":     {slack, websock, "net", "maunium.net/go/mautrix/bridgev2"},
		"trouble":      {matrix, slack, http, sql, dbutil, files},
		"uninstall":    {slack, sql, websock, "maunium.net/go/mautrix/bridgev2"},
		"watchdog":     {matrix, slack, http, sql, dbutil},
		"yamltree":     {files, http, sql},

		"emulator":           {matrix, dbutil},
		"emulator/clock":     {http, module + "..."},
		"emulator/emoji":     {http, module + "..."},
		"emulator/manifest":  {http, module + "emulator/web", module + "emulator/socket", module + "emulator/seed"},
		"emulator/mrkdwn":    {http, module + "emulator/workspace"},
		"emulator/page":      {module + "..."},
		"emulator/picture":   {http, module + "..."},
		"emulator/seed":      {http, module + "emulator/web", module + "emulator/socket"},
		"emulator/socket":    {module + "emulator/web"},
		"emulator/web":       {websock, module + "emulator/socket"},
		"emulator/workspace": {module + "emulator/web", module + "emulator/socket", module + "emulator/clock"},
		"emulator/wsframe":   {module + "..."},

		"testbed":               {sql, dbutil},
		"testbed/await":         {module + "..."},
		"testbed/homeserver":    {module + "emulator/...", module + "settings"},
		"testbed/ports":         {module + "..."},
		"testbed/process":       {matrix, module + "emulator/..."},
		"testbed/postgres":      {matrix, module + "emulator/..."},
		"testbed/proxy":         {matrix, module + "emulator/..."},
		"testbed/timeline":      {module + "..."},
		"testbed/proxy/manners": {matrix, module + "emulator/..."},

		"torture": {"maunium.net/go/mautrix/bridgev2/..."},
	}
}

// mustNotCall says which functions of a package that it may import a package must not
// call, as "package.Function".
func mustNotCall() map[string][]string {
	return map[string][]string{
		"connector":          {"http.NewRequest", "http.NewRequestWithContext", "http.Get", "http.Post", "http.Head"},
		"media":              {"http.NewRequest", "http.NewRequestWithContext", "http.Get"},
		"slackws":            {"slackevent.Decode", "slackevent.Unmarshal"},
		"slackfmt":           {"time.Now"},
		"emulator/workspace": {"http.Get", "http.NewRequest", "http.Error", "http.HandlerFunc", "http.NewServeMux"},
	}
}

// listed is what `go list` says of a package.
type listed struct {
	ImportPath string
	Imports    []string
	Doc        string
}

// name is the path of the package below internal, "" for others.
func (p listed) name() string {
	rest, ours := strings.CutPrefix(p.ImportPath, module)
	if !ours {
		return ""
	}
	return rest
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-tags", "goolm", "-json=ImportPath,Imports,Doc", "ops-jrz1/bridge/...")
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

// folder is the first folder of a package below internal, or "".
func folder(importPath string) string {
	rest, ours := strings.CutPrefix(importPath, module)
	if !ours {
		return ""
	}
	name, _, _ := strings.Cut(rest, "/")
	return name
}

// arrows returns the packages that each package of the table in docs/architecture.md
// may import, and those that any of them may.
func arrows(t *testing.T) (from map[string][]string, leaves []string) {
	t.Helper()
	page, err := os.ReadFile("../docs/architecture.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(page), "\n## Packages\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	name := regexp.MustCompile("`([a-z]+)`")
	names := func(cell string) (out []string) {
		for _, match := range name.FindAllStringSubmatch(cell, -1) {
			out = append(out, match[1])
		}
		return out
	}
	from = map[string][]string{}
	for _, row := range regexp.MustCompile(`(?m)^\| (.*) \| (.*) \|(.*)\|$`).FindAllStringSubmatch(section, -1) {
		for _, p := range names(row[1]) {
			from[p] = names(row[3])
			if strings.TrimSpace(row[3]) == "leaf" {
				leaves = append(leaves, p)
			}
		}
	}
	require.Greater(t, len(from), 20)
	return from, leaves
}

// TestImportsAreTheArrows: docs/architecture.md draws each import between packages, and
// no other.
func TestImportsAreTheArrows(t *testing.T) {
	drawn, leaves := arrows(t)
	real := map[string]map[string]bool{}
	for _, p := range packages(t) {
		from := folder(p.ImportPath)
		if from == "" {
			continue
		}
		if real[from] == nil {
			real[from] = map[string]bool{}
		}
		for _, imported := range p.Imports {
			if to := folder(imported); to != "" && to != from {
				real[from][to] = true
			}
		}
	}
	for from, imported := range real {
		require.Contains(t, drawn, from, "docs/architecture.md does not have %s", from)
		for to := range imported {
			require.True(t, slices.Contains(drawn[from], to) || slices.Contains(leaves, to), "%s imports %s, which docs/architecture.md does not draw", from, to)
		}
		for _, to := range drawn[from] {
			require.True(t, imported[to], "docs/architecture.md draws an import of %s by %s, which is not there", to, from)
		}
	}
	for _, leaf := range leaves {
		for to := range real[leaf] {
			require.Contains(t, leaves, to, "%s is a leaf and imports %s", leaf, to)
		}
	}
}

// TestPackagesKeepTheirWord: each package says what it must not do, and its imports and
// calls hold to it.
func TestPackagesKeepTheirWord(t *testing.T) {
	rules, calls := mustNot(), mustNotCall()
	word := regexp.MustCompile(`(?s)[Mm]ust\s+(not|never)|[Dd]oes\s+not\s+know|knows\s+(neither|nothing|of\s+sockets\s+only)|[Nn]ever|[Nn]one\s+invents|no\s+HTTP|change\s+nothing`)
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := p.name()
		if name == "" {
			continue
		}
		seen[name] = true
		for _, imported := range p.Imports {
			require.False(t, slices.ContainsFunc(rules[name], func(rule string) bool { return matches(rule, imported) }),
				"%s imports %s, against its doc comment", name, imported)
		}
		for _, call := range calls[name] {
			requireNoCall(t, name, call)
		}
		if !strings.Contains(name, "/") {
			require.Contains(t, rules, name, "say here what the package must not import")
			text, err := exec.Command("go", "doc", p.ImportPath).Output()
			require.NoError(t, err)
			require.Regexp(t, word, string(text), "the doc comment of %s does not say what the package must not do", name)
		}
	}
	for name := range rules {
		require.True(t, seen[name], "there is no package %s", name)
	}
	for name := range calls {
		require.True(t, seen[name], "there is no package %s", name)
	}
}

// matches says whether an import falls under a rule. One of our own packages does not
// fall under a rule for all of them if it is below the folder of the rule's package.
func matches(rule, imported string) bool {
	if prefix, all := strings.CutSuffix(rule, "/..."); all {
		return imported == prefix || strings.HasPrefix(imported, prefix+"/")
	}
	return imported == rule
}

func requireNoCall(t *testing.T, name, call string) {
	t.Helper()
	each(t, filepath.Join("internal", name), func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if selector, ok := n.(*ast.SelectorExpr); ok && isPackage(file, selector.X) {
				require.NotEqual(t, call, selector.X.(*ast.Ident).Name+"."+selector.Sel.Name, "%s must not call it; see its doc comment", name)
			}
			return true
		})
	})
}

// TestOnlyTestsImportTheEmulator: what is for tests, the demo and the emulator's program
// is in no bridge.
func TestOnlyTestsImportTheEmulator(t *testing.T) {
	for _, p := range packages(t) {
		for _, imported := range p.Imports {
			require.False(t, strings.HasPrefix(imported, "ops-jrz1/bridge/cmd"), "%s imports %s: nothing imports a program", p.ImportPath, imported)
			if slices.Contains(testOnly(), folder(imported)) && !slices.Contains(testOnly(), folder(p.ImportPath)) {
				require.True(t, mayImportTests(p.ImportPath), "%s imports %s, which is for tests, the demo and the emulator's program", p.ImportPath, imported)
			}
		}
	}
}

// mayImportTests says whether a program is one of those for which emulator and testbed
// exist.
func mayImportTests(importPath string) bool {
	for _, program := range []string{"demo", "slack-emulator", "torture", "bench"} {
		if strings.HasPrefix(importPath, "ops-jrz1/bridge/cmd/"+program) {
			return true
		}
	}
	return false
}

// TestSlackdbWritesItsOwnTables: of the framework's tables it writes only whose a login
// is, the ids of a channel that has another, and what is forgotten of a person who is erased.
func TestSlackdbWritesItsOwnTables(t *testing.T) {
	written := regexp.MustCompile(`(?:INSERT INTO|UPDATE|DELETE FROM) "?([a-z_]+)"?[ (]`)
	var foreign []string
	each(t, "internal/slackdb", func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				for _, match := range written.FindAllStringSubmatch(lit.Value, -1) {
					if !strings.HasPrefix(match[1], "slack_") {
						foreign = append(foreign, match[1])
					}
				}
			}
			return true
		})
	})
	slices.Sort(foreign)
	require.Equal(t, []string{"message", "mx_user_profile", "portal", "reaction", "user", "user_login", "user_portal"}, slices.Compact(foreign))
}
