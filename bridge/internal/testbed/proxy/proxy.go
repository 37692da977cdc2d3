// Package proxy sits between the bridge and the homeserver and does what slow or
// broken networks do: it holds requests back, answers with errors and loses
// answers. It also measures how long answers take. It must not change what it
// lets through.
package proxy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
)

// Match says whether a fault is meant for a request. The request must not be
// changed; its body must not be read.
type Match func(*http.Request) bool

// Proxy listens on a loopback port and forwards everything to its target.
type Proxy struct {
	// URL is where it listens.
	URL string

	server *http.Server
	served chan error
	next   http.Handler

	mu      sync.Mutex
	faults  map[*fault]bool
	watches []*Watch
}

// fault is what happens to the requests that match.
type fault struct {
	match Match
	// released is closed when held requests may go on; nil for other faults.
	released chan struct{}
	// status is what requests are answered with instead; 0 loses the answer.
	status int
	// hit counts the requests that came.
	hit int
}

// Start listens and serves. The target is the address of an HTTP server.
func Start(target string) (*Proxy, error) {
	to, err := url.Parse(target)
	if err != nil {
		return nil, fmt.Errorf("start a proxy to %s: %w", target, err)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start a proxy to %s: %w", target, err)
	}
	p := &Proxy{
		URL: "http://" + listener.Addr().String(), served: make(chan error, 1), faults: map[*fault]bool{},
		next: &httputil.ReverseProxy{
			Rewrite:      func(r *httputil.ProxyRequest) { r.SetURL(to) },
			ErrorLog:     log.New(io.Discard, "", 0), // Broken connections are its purpose.
			ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
		},
	}
	p.server = &http.Server{Handler: p}
	go func() { p.served <- p.server.Serve(listener) }()
	return p, nil
}

// Close ends every fault and the server.
func (p *Proxy) Close() error {
	p.Heal()
	err := p.server.Close()
	if served := <-p.served; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// Heal ends every fault.
func (p *Proxy) Heal() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for f := range p.faults {
		p.end(f)
	}
}

// Hold keeps matching requests waiting until release is called.
func (p *Proxy) Hold(match Match) *Fault {
	return p.add(&fault{match: match, released: make(chan struct{})})
}

// Fail answers matching requests with status, without asking the target, until
// release is called.
func (p *Proxy) Fail(match Match, status int) *Fault {
	return p.add(&fault{match: match, status: status})
}

// Lose passes matching requests on and cuts the connection in the place of their
// answer, until release is called.
func (p *Proxy) Lose(match Match) *Fault { return p.add(&fault{match: match}) }

// Fault is a fault in force.
type Fault struct {
	proxy *Proxy
	fault *fault
}

func (p *Proxy) add(f *fault) *Fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.faults[f] = true
	return &Fault{p, f}
}

// Hits is how many requests the fault has hit so far.
func (f *Fault) Hits() int {
	f.proxy.mu.Lock()
	defer f.proxy.mu.Unlock()
	return f.fault.hit
}

// Release ends the fault: what was held goes on. It may be called twice.
func (f *Fault) Release() {
	f.proxy.mu.Lock()
	defer f.proxy.mu.Unlock()
	f.proxy.end(f.fault)
}

// end takes a fault out of force; the lock is held.
func (p *Proxy) end(f *fault) {
	if p.faults[f] && f.released != nil {
		close(f.released)
	}
	delete(p.faults, f)
}

// ServeHTTP implements http.Handler.
func (p *Proxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch f := p.hit(r); {
	case f == nil:
	case f.released != nil:
		if wait(r.Context(), f.released) != nil {
			return // The client has disconnected.
		}
	case f.status != 0:
		http.Error(w, http.StatusText(f.status), f.status)
		return
	default:
		p.next.ServeHTTP(nowhere{http.Header{}}, r)
		panic(http.ErrAbortHandler) // net/http's own way to cut a connection
	}
	defer p.measure(r)()
	p.next.ServeHTTP(w, r)
}

func (p *Proxy) hit(r *http.Request) *fault {
	p.mu.Lock()
	defer p.mu.Unlock()
	for f := range p.faults {
		if f.match(r) {
			f.hit++
			return f
		}
	}
	return nil
}

// nowhere is where a lost answer goes.
type nowhere struct{ header http.Header }

func (n nowhere) Header() http.Header         { return n.header }
func (n nowhere) Write(b []byte) (int, error) { return len(b), nil }
func (n nowhere) WriteHeader(int)             {}

func wait(ctx context.Context, released <-chan struct{}) error {
	select {
	case <-released:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
