package manners

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// pings is the outcome of the last ping of the bridge.
type pings struct {
	// bridge is the address in the registration.
	bridge string

	mu     sync.Mutex
	failed string // continuwuity's words for it; "" if the bridge answered with 200
}

func (p *pings) set(failed string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failed = failed
}

func (p *pings) get() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failed
}

// pingBridge forwards the homeserver's ping to the bridge. It does not deliver queued
// events: continuwuity's pings do not (seen; Synapse's do).
type pingBridge struct {
	pings *pings
	next  http.Handler
}

// ServeHTTP implements http.Handler.
func (p *pingBridge) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	r.URL.RawQuery = "access_token=" + token
	answered := record(p.next, r)
	switch {
	case answered.status == http.StatusBadGateway && answered.body.Len() == 0:
		// reqwest's error names the address with its query.
		p.pings.set(fmt.Sprintf("Request error: error sending request for url (%s)", withToken(p.pings.bridge+r.URL.Path, token)))
	case answered.status != http.StatusOK:
		p.pings.set(fmt.Sprintf("returned unsuccessful HTTP response %d %s at %s", answered.status, http.StatusText(answered.status), p.pings.bridge))
	default:
		p.pings.set("")
	}
	replay(w, answered)
}

// pingAnswer tells the bridge the outcome of a ping: a failed one is 500 M_UNKNOWN,
// whatever the cause (seen; sending/appservice.rs and api/client/appservice.rs).
type pingAnswer struct {
	pings *pings
	next  http.Handler
}

// ServeHTTP implements http.Handler.
func (p *pingAnswer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answered := record(p.next, r)
	var refusal struct {
		Code string `json:"errcode"`
	}
	if json.Unmarshal(answered.body.Bytes(), &refusal) != nil || !strings.HasPrefix(refusal.Code, "M_BAD_STATUS") && !strings.HasPrefix(refusal.Code, "M_CONNECTION_") {
		replay(w, answered)
		return
	}
	message := p.pings.get()
	if strings.HasPrefix(message, "returned") {
		message = fmt.Sprintf("Appservice %q %s", r.PathValue("id"), message)
	}
	answer(w, http.StatusInternalServerError, matrixError("M_UNKNOWN", message))
}

// recorded is an answer that is kept for inspection.
type recorded struct {
	header http.Header
	status int
	body   bytes.Buffer
}

// record runs a handler and keeps its answer in memory.
func record(next http.Handler, r *http.Request) *recorded {
	answered := &recorded{header: http.Header{}, status: http.StatusOK}
	next.ServeHTTP(answered, r)
	return answered
}

// Header implements http.ResponseWriter, like the two that follow.
func (r *recorded) Header() http.Header { return r.header }

func (r *recorded) WriteHeader(status int) { r.status = status }

func (r *recorded) Write(b []byte) (int, error) { return r.body.Write(b) }

func replay(w http.ResponseWriter, answered *recorded) {
	for name, values := range answered.header {
		w.Header()[name] = values
	}
	w.WriteHeader(answered.status)
	_, _ = w.Write(answered.body.Bytes())
}
