package connector

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixmedia"
	"ops-jrz1/bridge/internal/secret"
)

// homeFiles is the homeserver's media repository.
type homeFiles struct {
	url string

	mu      sync.Mutex
	content map[string][]byte
	asked   []string
	// refuse is the status of every answer, if not 0, and code its error.
	refuse int
	code   string
}

func newHomeFiles(t *testing.T) *homeFiles {
	t.Helper()
	h := &homeFiles{content: map[string][]byte{}}
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

func (h *homeFiles) repository(t *testing.T) *matrixmedia.Repository {
	t.Helper()
	address, err := url.Parse(h.url)
	require.NoError(t, err)
	return matrixmedia.New(matrixmedia.Config{Homeserver: address, Token: secret.New("as-token"), Pause: time.Millisecond})
}

// ServeHTTP implements http.Handler.
func (h *homeFiles) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h.mu.Lock()
	defer h.mu.Unlock()
	name := path.Base(r.URL.Path)
	h.asked = append(h.asked, name)
	content, known := h.content[name]
	switch {
	case h.refuse != 0:
		w.WriteHeader(h.refuse)
		fmt.Fprintf(w, `{"errcode":%q}`, h.code)
	case !known:
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprint(w, `{"errcode":"M_NOT_FOUND"}`)
	default:
		w.Header().Set("Content-Length", fmt.Sprint(len(content)))
		_, _ = w.Write(content)
	}
}

// put uploads a file as a client does.
func (h *homeFiles) put(name, content string) id.ContentURIString {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.content[name] = []byte(content)
	return id.ContentURIString("mxc://test/" + name)
}

// fail has every download refused, 0 none.
func (h *homeFiles) fail(status int, code string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.refuse, h.code = status, code
}

func (h *homeFiles) downloads() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.asked)
}

// slackFile is a file in Slack.
type slackFile struct {
	Name, Title, Alt string
	Content          string
	// TS are the messages that show it.
	TS      []string
	Deleted bool
}

// slackFiles are the files of Slack.
type slackFiles struct {
	mu    sync.Mutex
	byID  map[string]*slackFile
	order []string
}

// take takes the content of an upload.
func (f *slackFiles) take(w http.ResponseWriter, r *http.Request, id string) {
	content, err := io.ReadAll(r.Body)
	f.mu.Lock()
	defer f.mu.Unlock()
	if err != nil || f.byID[id] == nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	f.byID[id].Content = string(content)
}

// usual answers the methods of files.
func (f *slackFiles) usual(c call, address string, nextTS func() string) answer {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch c.method {
	case "files.getUploadURLExternal":
		if f.byID == nil {
			f.byID = map[string]*slackFile{}
		}
		id := fmt.Sprintf("F%d", len(f.order)+1)
		f.byID[id], f.order = &slackFile{Name: c.form.Get("filename"), Alt: c.form.Get("alt_txt")}, append(f.order, id)
		return answer{"upload_url": address + "upload/" + id, "file_id": id}
	case "files.completeUploadExternal":
		return f.complete(c, nextTS)
	case "files.info":
		file := f.byID[c.form.Get("file")]
		if file == nil || file.Content == "" {
			return answer{"ok": false, "error": "file_not_found"}
		}
		shares := []answer{}
		for _, ts := range file.TS {
			shares = append(shares, answer{"ts": ts})
		}
		return answer{"file": answer{"id": c.form.Get("file"), "shares": answer{"public": answer{general: shares}}}}
	case "files.delete":
		if file := f.byID[c.form.Get("file")]; file != nil {
			file.Deleted = true
		}
		return answer{}
	}
	return nil
}

func (f *slackFiles) complete(c call, nextTS func() string) answer {
	var wanted []struct{ ID, Title string }
	if json.Unmarshal([]byte(c.form.Get("files")), &wanted) != nil || len(wanted) == 0 {
		return answer{"ok": false, "error": "invalid_arguments"}
	}
	ts := ""
	for _, want := range wanted {
		file := f.byID[want.ID]
		if file == nil || file.Content == "" {
			return answer{"ok": false, "error": "file_not_found"}
		}
		if ts == "" && c.form.Get("channel_id") != "" {
			ts = nextTS()
		}
		file.Title = want.Title
		if ts != "" {
			file.TS = append(file.TS, ts)
		}
	}
	return answer{}
}

// show has a message show a file.
func (f *slackFiles) show(id, ts string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.byID[id].TS = append(f.byID[id].TS, ts)
}

// all are the files in the order in which they came.
func (f *slackFiles) all() (all []slackFile) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range f.order {
		all = append(all, *f.byID[id])
	}
	return all
}
