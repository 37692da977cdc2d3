package web

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Fault is something that goes wrong with calls of a method.
type Fault struct {
	// Method is the method's name, "" for all. Channel limits the fault to calls
	// with that channel argument.
	Method  string `json:"method"`
	Channel string `json:"channel,omitempty"`
	// Times is how many calls are hit, 0 for one, negative for all.
	Times int `json:"times,omitempty"`
	// Share is how likely a call is to be hit, between 0 and 1; 0 hits each.
	Share float64 `json:"share,omitempty"`
	// Status answers with an HTTP status (429, 500, 503 …) instead of the call;
	// RetryAfter is its header in seconds.
	Status     int `json:"status,omitempty"`
	RetryAfter int `json:"retry_after,omitempty"`
	// Error answers with a Slack error code.
	Error string `json:"error,omitempty"`
	// DelayMS holds the call back by real milliseconds before it is looked at.
	DelayMS int `json:"delay_ms,omitempty"`
	// Cut drops the connection without an answer.
	Cut bool `json:"cut,omitempty"`
	// Truncate takes the call and drops the connection in the middle of its
	// answer.
	Truncate bool `json:"truncate,omitempty"`
	// Page breaks a page of a list: one of the Page… constants.
	Page string `json:"page,omitempty"`
	// After lets the call take effect before the fault hits its answer.
	After bool `json:"after,omitempty"`
}

// What can be wrong with a page of a list.
const (
	PageShort = "short" // half of the items, the cursor goes on with the rest
	PageEmpty = "empty" // no items, the cursor goes on with all of them
	PageHoles = "holes" // every second item is missing, the cursor goes on after the page
	PageEnd   = "end"   // half of the items and no cursor, as if that were all
)

// check refuses a fault that could not be.
func (f Fault) check() error {
	switch {
	case f.Share < 0 || f.Share > 1:
		return workspace.Fail("invalid_arguments", "share must be between 0 and 1")
	case f.Page == "":
		return nil
	}
	if !slices.Contains([]string{PageShort, PageEmpty, PageHoles, PageEnd}, f.Page) {
		return workspace.Fail("invalid_arguments", "page must be short, empty, holes or end")
	}
	if f.After || f.Cut || f.Truncate || f.Status != 0 || f.Error != "" {
		return workspace.Fail("invalid_arguments", "page goes with delay_ms alone: the call is answered")
	}
	return nil
}

func (f Fault) name() string {
	switch {
	case f.Page != "":
		return "page_" + f.Page
	case f.Truncate:
		return "answer_truncated"
	case f.Cut && f.After:
		return "answer_cut"
	case f.Cut:
		return "cut"
	case f.Status != 0:
		return "status_" + strconv.Itoa(f.Status)
	case f.Error != "":
		return "error_" + f.Error
	}
	return "delay"
}

type faultPlan struct {
	mu     sync.Mutex
	faults []*Fault
}

func newFaultPlan() *faultPlan { return &faultPlan{} }

// AddFault plans a fault.
func (s *Server) AddFault(f Fault) error {
	if err := f.check(); err != nil {
		return err
	}
	f.After = f.After || f.Truncate // an answer in two halves has been made
	if f.Times == 0 {
		f.Times = 1
	}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = append(s.faults.faults, &f)
	return nil
}

// ClearFaults forgets every planned fault.
func (s *Server) ClearFaults() {
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.faults = nil
}

// take uses up one fault that matches: of those before the call, or of those
// after it.
func (p *faultPlan) take(method, channel string, before bool) (Fault, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i, f := range p.faults {
		if f.After == before || (f.Method != "" && f.Method != method) || (f.Channel != "" && f.Channel != channel) {
			continue
		}
		if f.Share > 0 && rand.Float64() >= f.Share { // chance, no secret
			continue
		}
		if f.Times > 0 {
			f.Times--
		}
		out := *f
		if f.Times == 0 {
			p.faults = slices.Delete(p.faults, i, i+1)
		}
		return out, true
	}
	return Fault{}, false
}

// wait holds a call or its answer back.
func (f Fault) wait(r *http.Request) {
	if f.DelayMS <= 0 {
		return
	}
	pause := time.NewTimer(time.Duration(f.DelayMS) * time.Millisecond)
	defer pause.Stop()
	select {
	case <-pause.C:
	case <-r.Context().Done():
	}
}

// before applies a fault that comes before its call; stop says that the call is
// not made.
func (s *Server) before(c *Call, r *http.Request, f Fault, entry *CallRecord) (stop bool) {
	f.wait(r)
	if f.Page != "" {
		c.page, entry.Fault = f.Page, f.name()
		return false
	}
	if f.Status == 0 && f.Error == "" && !f.Cut {
		return false
	}
	entry.fault = &f
	return true
}

// apply answers a call as a fault says.
func (s *Server) apply(w http.ResponseWriter, r *http.Request, f Fault, c *Call, entry *CallRecord, answer Result, err error) {
	if f.After {
		f.wait(r)
	}
	switch {
	case f.Status == http.StatusTooManyRequests:
		w.Header().Set("Retry-After", strconv.Itoa(max(1, f.RetryAfter)))
		s.headers(w, &Call{})
		w.WriteHeader(f.Status)
		_, _ = w.Write(encode(Result{"ok": false, "error": "ratelimited"}))
	case f.Status != 0:
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(f.Status)
		_, _ = w.Write([]byte("<html><body><h1>" + strconv.Itoa(f.Status) + "</h1></body></html>"))
	case f.Error != "":
		s.respond(w, &Call{}, nil, workspace.Fail(f.Error), entry)
	case f.Truncate:
		s.headers(w, c)
		whole := encode(body(c, answer, err))
		w.Header().Set("Content-Length", strconv.Itoa(len(whole)))
		w.WriteHeader(http.StatusOK)
		_, _ = w.Write(whole[:len(whole)/2])
		_ = http.NewResponseController(w).Flush()
		cutConnection(w)
	case f.Cut:
		cutConnection(w)
	default:
		s.respond(w, c, answer, err, entry)
	}
}

// cutConnection ends the connection without an answer.
func cutConnection(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // net/http's own way to drop a request
	}
	_ = conn.Close()
}
