package connector

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatIsAssumedOfTheFramework reads the list in framework.go: what it names is there, in the
// version of the framework that the bridge is built with.
func TestWhatIsAssumedOfTheFramework(t *testing.T) {
	text, err := os.ReadFile("framework.go")
	require.NoError(t, err)
	entries := strings.Split(string(text), "\n//   - ")[1:]
	require.NotEmpty(t, entries)
	framework := folderOf(t, "maunium.net/go/mautrix/bridgev2")
	modules, err := os.ReadFile("../../../go.mod")
	require.NoError(t, err)
	version := regexp.MustCompile(`maunium\.net/go/mautrix (v\S+)`).FindStringSubmatch(string(modules))
	require.NotNil(t, version)
	require.Contains(t, string(text), version[1])
	for _, entry := range entries {
		about, _, _ := strings.Cut(entry, "\n")
		in, used, pinned := line(entry, "In"), line(entry, "Used by"), line(entry, "Pinned by")
		require.NotEmpty(t, in, about)
		require.NotEmpty(t, used, about)
		require.NotEmpty(t, pinned, about)
		for place := range strings.SplitSeq(in, "; ") {
			path, names, _ := strings.Cut(place, ", ")
			if strings.HasPrefix(path, "go.mau.fi/") {
				path = folderOf(t, path)
			} else {
				path = filepath.Join(framework, path)
			}
			require.True(t, declares(t, path, "", strings.Split(names, " and ")), "%s: %s", about, place)
		}
		for file := range strings.SplitSeq(used, ", ") {
			require.FileExists(t, file, about)
		}
		for test := range strings.SplitSeq(pinned, ", ") {
			folder, name, found := strings.Cut(test, " ")
			if !found {
				folder, name = ".", test
			}
			require.True(t, declares(t, folder, "_test.go", []string{name}), "%s: %s", about, test)
		}
	}
}

// line returns what an entry says behind a word, "" if nothing.
func line(entry, word string) string {
	_, rest, _ := strings.Cut(entry, "\n//     "+word+": ")
	said, _, _ := strings.Cut(rest, "\n")
	return said
}

// folderOf returns the folder of a package's source, which may be a vendored one.
func folderOf(t *testing.T, pkg string) string {
	t.Helper()
	folder, err := exec.Command("go", "list", "-f", "{{.Dir}}", pkg).Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(folder))
}

// declares says whether a file, or the files of a folder whose names end so, declare all of the names.
func declares(t *testing.T, path, suffix string, names []string) bool {
	t.Helper()
	files := []string{path}
	if info, err := os.Stat(path); err != nil {
		return false
	} else if info.IsDir() {
		files, err = filepath.Glob(filepath.Join(path, "*"+suffix))
		require.NoError(t, err)
	}
	var text strings.Builder
	for _, file := range files {
		if info, err := os.Stat(file); err != nil || info.IsDir() {
			continue
		}
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		text.Write(source)
	}
	for _, name := range names {
		declared := regexp.MustCompile(`(?m)^(func(?: \([^)]*\))? |type )` + regexp.QuoteMeta(name) + `\b`)
		if name != "" && !declared.MatchString(text.String()) {
			return false
		}
	}
	return true
}

// TestAPostWhoseRowIsNotSaved is tried again, and posted once.
func TestAPostWhoseRowIsNotSaved(t *testing.T) {
	w := newWorld(t)
	w.room()
	w.remembersPosts()
	w.exec("CREATE TRIGGER away BEFORE INSERT ON message BEGIN SELECT RAISE(ABORT, 'database is locked'); END")
	evt := w.write("$m1", ann, "hello")
	require.ErrorIs(t, w.receive(evt), errRowNotSaved)
	w.exec("DROP TRIGGER away")
	require.NoError(t, w.receive(evt))
	require.Equal(t, []string{"hello"}, w.api.posted(t))
	require.Len(t, w.rows(postTS(1)), 1)
}
