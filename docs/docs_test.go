// Package docs_test keeps the documents true: what they name must exist.
package docs_test

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/stack/transcript"
)

// root is the repository's, seen from this folder.
const root = ".."

// documents returns the Markdown files for people, by path from the root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	read := func(path string) {
		text, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		found[path] = string(text)
	}
	read("README.md")
	read("CONTRIBUTING.md")
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".md") {
			read(strings.TrimPrefix(path, root+"/"))
		}
		return err
	}))
	return found
}

// named returns the texts in backticks that match a pattern as a whole.
func named(text, pattern string) []string {
	whole := regexp.MustCompile("`(" + pattern + ")`")
	var found []string
	for _, match := range whole.FindAllStringSubmatch(text, -1) {
		found = append(found, match[1])
	}
	return found
}

// TestPathsExist: a path in backticks that begins with one of our folders is a
// file or a folder.
func TestPathsExist(t *testing.T) {
	for document, text := range documents(t) {
		for _, path := range named(text, `(?:bridge|docs|modules|hosts|tests|scripts|deploy|secrets)/[A-Za-z0-9._/-]+`) {
			_, err := os.Stat(filepath.Join(root, path))
			require.NoError(t, err, "%s names a path that is not there", document)
		}
	}
}

// TestNamedTestsExist: a test that a document relies on is still called so.
func TestNamedTestsExist(t *testing.T) {
	declared := map[string]bool{}
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "bridge"), func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, match := range function.FindAllStringSubmatch(string(source), -1) {
			declared[match[1]] = true
		}
		return err
	}))
	for _, document := range []string{"docs/architecture.md", "docs/life-of-a-message.md"} {
		named := named(documents(t)[document], `Test\w+`)
		require.NotEmpty(t, named)
		for _, name := range named {
			require.True(t, declared[name], "%s names %s, which is not there", document, name)
		}
	}
}

// TestArchitectureNamesEveryPackage: none is added without its line.
func TestArchitectureNamesEveryPackage(t *testing.T) {
	packages, err := os.ReadDir(filepath.Join(root, "bridge/internal"))
	require.NoError(t, err)
	for _, entry := range packages {
		require.Contains(t, documents(t)["docs/architecture.md"], "`"+entry.Name()+"`")
	}
}

// TestMakeTargetsExist: a command `make …` in a document is one that `make help`
// lists.
func TestMakeTargetsExist(t *testing.T) {
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	require.NoError(t, err)
	listed := map[string]bool{}
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9-]+):.*##`).FindAllStringSubmatch(string(makefile), -1) {
		listed[match[1]] = true
	}
	typed := regexp.MustCompile("(?m)(?:`|^\\$ )make ([a-z0-9-]+)")
	checked := 0
	for document, text := range documents(t) {
		for _, match := range typed.FindAllStringSubmatch(text, -1) {
			require.True(t, listed[match[1]], "%s names make %s", document, match[1])
			checked++
		}
	}
	require.NotZero(t, checked)
}

// deployment returns the source of everything that a deployment runs.
func deployment(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	require.NoError(t, filepath.WalkDir(filepath.Join(root, "deploy"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	}))
	return all.String()
}

// TestDeployCommandsExist: a deployment in a document has a command and options that
// deploy/deploy knows.
func TestDeployCommandsExist(t *testing.T) {
	usage, err := os.ReadFile(filepath.Join(root, "deploy/deploy"))
	require.NoError(t, err)
	typed := regexp.MustCompile("(?:nix run \\.#deploy --|`deploy(?:/deploy)?) ([^`\\n|]+)")
	word := regexp.MustCompile(`^(--)?[a-z][a-z-]*$`)
	checked := 0
	for document, text := range documents(t) {
		for _, match := range typed.FindAllStringSubmatch(text, -1) {
			checked++
			for i, argument := range strings.Fields(match[1]) {
				switch {
				case strings.HasPrefix(argument, "--"):
					require.Regexp(t, "(?m)^#   "+argument+" ", string(usage), "%s: deploy %s", document, match[1])
				case i == 0 && word.MatchString(argument):
					require.Regexp(t, `(?m)^#   deploy `+argument+` `, string(usage), "%s: deploy %s", document, match[1])
				}
			}
		}
	}
	require.Greater(t, checked, 15)
}

// TestRunbookKnowsDeploysWords: what the runbook quotes a deployment with is what it
// says, with … for what differs.
func TestRunbookKnowsDeploysWords(t *testing.T) {
	_, section, found := strings.Cut(documents(t)["docs/runbook.md"], "## A deployment does not go through\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	source := deployment(t)
	checked := 0
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]+`) \\|").FindAllStringSubmatch(section, -1) {
		for _, said := range named(row[1], "[^`]+") {
			for fragment := range strings.SplitSeq(said, "…") {
				require.Contains(t, source, strings.TrimSpace(fragment), "%s", said)
			}
			checked++
		}
	}
	require.Greater(t, checked, 25)
}

// TestLinksLeadSomewhere: a link to another document, and to a heading of one, finds
// it.
func TestLinksLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	all := documents(t)
	checked := 0
	for document, text := range all {
		for _, match := range link.FindAllStringSubmatch(text, -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			file, heading, _ := strings.Cut(match[1], "#")
			target := document
			if file != "" {
				target = filepath.Join(filepath.Dir(document), file)
				_, err := os.Stat(filepath.Join(root, target))
				require.NoError(t, err, "%s links to %s", document, match[1])
			}
			if heading != "" {
				require.Contains(t, headings(all[target]), heading, "%s links to %s", document, match[1])
			}
			checked++
		}
	}
	require.Greater(t, checked, 50)
}

// TestQuickstartIsRun: it is one path of a length that people read, and a block of it that
// the stack test does not run says why, which may be one of few reasons.
func TestQuickstartIsRun(t *testing.T) {
	text := documents(t)["docs/quickstart.md"]
	require.LessOrEqual(t, strings.Count(text, "\n"), 250)
	blocks, err := transcript.Parse(text)
	require.NoError(t, err)
	marks := 0
	for _, block := range blocks {
		if block.Mark == nil {
			continue
		}
		marks++
		t.Logf("line %d, %s: %s", block.Line, block.Mark.Subject, block.Steps[0].Command)
		require.Contains(t, []string{"buying a server", "DNS", "certificates", "Slack's pages", "building NixOS"}, block.Mark.Subject, "line %d", block.Line)
	}
	require.Equal(t, marks+1, strings.Count(text, "†"), "each † is above a block, and one is explained")
	require.Greater(t, len(blocks)-marks, 10)
	require.Equal(t, len(blocks), strings.Count(text, "```console"), "each block is at the margin, where it is found")
}

// TestWellKnownFilesOfAnotherName: what the runbook has an owner put onto their website is
// what a host with its ids at another name says of itself.
func TestWellKnownFilesOfAnotherName(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "tests/nix/golden/host-elsewhere.json"))
	require.NoError(t, err)
	var host struct {
		Services struct {
			Nginx struct {
				VirtualHosts map[string]struct {
					Locations map[string]struct{ Return string }
				}
			}
		}
	}
	require.NoError(t, json.Unmarshal(text, &host))
	require.NotContains(t, host.Services.Nginx.VirtualHosts, "clarun.xyz", "the website is the owner's")
	for _, file := range []string{"client", "server"} {
		path := "/.well-known/matrix/" + file
		served := host.Services.Nginx.VirtualHosts["matrix.clarun.xyz"].Locations["= "+path].Return
		content := strings.ReplaceAll(strings.Trim(strings.TrimPrefix(served, "200 "), "'"), "clarun.xyz", "example.org")
		require.Contains(t, documents(t)["docs/runbook.md"], "| `"+path+"` | `"+content+"` |")
	}
}

// TestStandInsAreSourced: of each stub and stand-in the tests' pages say what it was read from.
func TestStandInsAreSourced(t *testing.T) {
	for page, folders := range map[string][]string{
		"tests/nix/README.md":    {"tests/nix/upstream", "tests/nix/stub", "tests/stack/standin", "tests/stack/operator"},
		"tests/deploy/README.md": {"tests/deploy/standins"},
	} {
		text, err := os.ReadFile(filepath.Join(root, page))
		require.NoError(t, err)
		for _, folder := range folders {
			require.NoError(t, filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
				if err == nil && !entry.IsDir() {
					require.Regexp(t, "(?m)^\\| .*`([a-z/]*/)?"+regexp.QuoteMeta(entry.Name())+"`.* \\| .+ \\|", string(text), "%s does not say what %s was read from", page, path)
				}
				return err
			}))
		}
	}
}

// headings returns the anchors that GitHub and its like make of a document's headings.
func headings(text string) []string {
	var found []string
	dropped := regexp.MustCompile(`[^a-z0-9 _-]`)
	for _, match := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(text, -1) {
		plain := dropped.ReplaceAllString(strings.ToLower(match[1]), "")
		found = append(found, strings.ReplaceAll(plain, " ", "-"))
	}
	return found
}

// TestFrontDoorIsShort: what a stranger reads first stays short. Details go to docs/.
func TestFrontDoorIsShort(t *testing.T) {
	for document, most := range map[string]int{"README.md": 99, "CONTRIBUTING.md": 60, "docs/architecture.md": 199} {
		require.LessOrEqual(t, strings.Count(documents(t)[document], "\n"), most, "%s has too many lines", document)
	}
	require.FileExists(t, filepath.Join(root, "docs/picture.png"))
	for _, there := range []string{"docs/picture.png", "$ make demo\n", "$ make test\n"} {
		require.Contains(t, documents(t)["README.md"], there)
	}
}
