package connector

import "sync"

// resyncs are the rows of kind resync whose first try a caller in this process
// waits for.
type resyncs struct {
	mu      sync.Mutex
	waiting map[string]chan error
}

func newResyncs() *resyncs { return &resyncs{waiting: map[string]chan error{}} }

// await returns a channel that gets the outcome of a row's first try.
func (r *resyncs) await(key string) <-chan error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := make(chan error, 1)
	r.waiting[key] = tried
	return tried
}

// any says whether a first try is waited for.
func (r *resyncs) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting) > 0
}

// tried passes the outcome of a row's try to the caller that waits for it.
func (r *resyncs) tried(key string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if tried, waited := r.waiting[key]; waited {
		tried <- err
		delete(r.waiting, key)
	}
}
