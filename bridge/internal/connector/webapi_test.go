package connector

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// call is one call of Slack's Web API.
type call struct {
	method string
	form   url.Values
}

type answer map[string]any

// webAPI replaces Slack's Web API, since the emulator cannot be made to do things at the
// wrong moment.
type webAPI struct {
	url string

	mu    sync.Mutex
	calls []call
	ts    int
	// before runs before a call is answered; what it returns is the answer unless
	// it is nil.
	before func(call) answer
	files  slackFiles
	// host answers for the content of files.
	host http.HandlerFunc
	// behind is how far Slack's clock is behind this machine's.
	behind time.Duration
}

func newWebAPI(t *testing.T) *webAPI {
	t.Helper()
	api := &webAPI{}
	server := httptest.NewServer(api)
	t.Cleanup(server.Close)
	api.url = server.URL + "/"
	return api
}

// ServeHTTP implements http.Handler.
func (a *webAPI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if id, isUpload := strings.CutPrefix(r.URL.Path, "/upload/"); isUpload {
		a.files.take(w, r, id)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/files/") {
		a.host(w, r)
		return
	}
	_ = r.ParseForm()
	c := call{method: strings.TrimPrefix(r.URL.Path, "/"), form: r.Form}
	a.mu.Lock()
	a.calls = append(a.calls, c)
	before, behind := a.before, a.behind
	a.mu.Unlock()
	var said answer
	if before != nil {
		said = before(c)
	}
	if said == nil {
		said = a.usual(c)
	}
	if _, given := said["ok"]; !given {
		said["ok"] = true
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Date", time.Now().Add(-behind).UTC().Format(http.TimeFormat))
	_ = json.NewEncoder(w).Encode(said)
}

func (a *webAPI) usual(c call) answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch c.method {
	case "conversations.info":
		return answer{"channel": answer{"id": c.form.Get("channel"), "name": "general", "is_channel": true, "is_member": true}}
	case "conversations.members":
		return answer{"members": []string{"U1", "UBOT"}}
	case "users.info":
		return answer{"user": answer{"id": c.form.Get("user"), "name": "ann", "real_name": "Ann"}}
	case "team.info":
		return answer{"team": answer{"id": "T1", "name": "Example", "domain": "example"}}
	case "chat.postMessage", "chat.update":
		if strings.TrimSpace(c.form.Get("text")) == "" && c.form.Get("blocks") == "" {
			return answer{"ok": false, "error": "no_text"}
		}
		if c.method == "chat.update" {
			return answer{}
		}
		a.ts++
		return answer{"ts": postTS(a.ts)}
	default:
		if said := a.files.usual(c, a.url, func() string { a.ts++; return postTS(a.ts) }); said != nil {
			return said
		}
		return answer{}
	}
}

// postTS is the ts of the n-th post of the bridge.
func postTS(n int) string { return fmt.Sprintf("1700000500.%06d", n) }

// onCall runs before before every call is answered.
func (a *webAPI) onCall(before func(call) answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.before = before
}

// of returns the calls of one method.
func (a *webAPI) of(method string) []url.Values {
	a.mu.Lock()
	defer a.mu.Unlock()
	var found []url.Values
	for _, c := range a.calls {
		if c.method == method {
			found = append(found, c.form)
		}
	}
	return found
}

// posted are the texts that the bridge posted, in order.
func (a *webAPI) posted(t *testing.T) []string {
	t.Helper()
	var texts []string
	for _, form := range a.of("chat.postMessage") {
		require.NotEmpty(t, form.Get("metadata"))
		texts = append(texts, form.Get("text"))
	}
	return texts
}
