package proxy

import (
	"net/http"
	"time"
)

// Watch measures the requests that match, from their arrival until they are answered.
// Time during which a fault holds them back does not count.
type Watch struct {
	proxy *Proxy
	match Match
	took  []time.Duration
}

// Watch starts to measure matching requests.
func (p *Proxy) Watch(match Match) *Watch {
	p.mu.Lock()
	defer p.mu.Unlock()
	w := &Watch{proxy: p, match: match}
	p.watches = append(p.watches, w)
	return w
}

// Took returns how long each request that was answered so far took, in the order
// of the answers.
func (w *Watch) Took() []time.Duration {
	w.proxy.mu.Lock()
	defer w.proxy.mu.Unlock()
	return append([]time.Duration(nil), w.took...)
}

// measure starts the clock for a request and returns what stops it.
func (p *Proxy) measure(r *http.Request) (answered func()) {
	came := time.Now()
	return func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, w := range p.watches {
			if w.match(r) {
				w.took = append(w.took, time.Since(came))
			}
		}
	}
}
