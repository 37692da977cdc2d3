package page_test

import (
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/page"
)

func get(t *testing.T, target string) *httptest.ResponseRecorder {
	t.Helper()
	handler, err := page.Handler()
	require.NoError(t, err)
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return w
}

// files are the page's files by path, as they lie in the repository.
func files(t *testing.T) map[string]string {
	t.Helper()
	out := map[string]string{}
	root := os.DirFS("static")
	require.NoError(t, fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := fs.ReadFile(root, name)
		out[name] = string(raw)
		return err
	}))
	require.Greater(t, len(out), 10)
	return out
}

func TestEveryFileIsServedUnderThePolicy(t *testing.T) {
	kinds := map[string]string{".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
	for name, content := range files(t) {
		target := "/" + name
		if name == "index.html" {
			target = "/"
		}
		w := get(t, target)
		require.Equal(t, http.StatusOK, w.Code, name)
		require.Equal(t, content, w.Body.String(), name)
		require.True(t, strings.HasPrefix(w.Header().Get("Content-Type"), kinds[path.Ext(name)]), "%s: %s", name, w.Header().Get("Content-Type"))
		require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
		require.Equal(t, "nosniff", w.Header().Get("X-Content-Type-Options"))
		require.Equal(t, "no-cache", w.Header().Get("Cache-Control"))
	}
}

func TestNothingElseIsServed(t *testing.T) {
	for _, target := range []string{"/js/", "/js", "/none.html", "/page.go", "/static/index.html", "/js/../page.go"} {
		require.NotEqual(t, http.StatusOK, get(t, target).Code, target)
	}
}

// TestThePageStandsAlone fails when a file of the page names another server, or
// makes markup or code of text.
func TestThePageStandsAlone(t *testing.T) {
	elsewhere := regexp.MustCompile(`https?://[^\s'"]+`)
	unsafe := regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|\beval\(|new Function|@import`)
	for name, content := range files(t) {
		for _, address := range elsewhere.FindAllString(content, -1) {
			require.Equal(t, "http://www.w3.org/2000/svg", address, name)
		}
		require.Empty(t, unsafe.FindString(content), name)
	}
}

// TestEveryModuleIsThere follows the imports from the page's script.
func TestEveryModuleIsThere(t *testing.T) {
	all := files(t)
	imports := regexp.MustCompile(`from '\./([a-z]+\.js)'`)
	used := map[string]bool{}
	var follow func(name string)
	follow = func(name string) {
		if used[name] {
			return
		}
		used[name] = true
		content, ok := all["js/"+name]
		require.True(t, ok, name)
		for _, m := range imports.FindAllStringSubmatch(content, -1) {
			follow(m[1])
		}
	}
	follow("main.js")
	for name := range all {
		if module, ok := strings.CutPrefix(name, "js/"); ok {
			require.True(t, used[module], "%s is not used", name)
		}
	}
}
