package slackapi

import (
	"sync"
	"time"
)

// Metrics is told what the client does. Its methods are called by many
// goroutines and must not block.
type Metrics interface {
	// Called is told of every attempt that was answered or failed. Outcome is
	// "ok", Slack's error code, or "unreachable" when no answer of Slack's came.
	Called(method, outcome string)
	// Repeated is told of every attempt after a call's first.
	Repeated(method string)
	// Waited is told how long a call was held back by a rate limit.
	Waited(method string, d time.Duration)
}

type noMetrics struct{}

func (noMetrics) Called(string, string)        {}
func (noMetrics) Repeated(string)              {}
func (noMetrics) Waited(string, time.Duration) {}

// Counters is a Metrics that adds up. Its zero value is ready.
type Counters struct {
	mu      sync.Mutex
	methods map[string]*MethodCount
}

// MethodCount is what has become of one method's calls.
type MethodCount struct {
	// Outcomes counts attempts by outcome.
	Outcomes map[string]int
	// Repeats counts attempts after a call's first.
	Repeats int
	// Waits counts calls that a rate limit held back, WaitTime for how long.
	Waits    int
	WaitTime time.Duration
}

// Called implements Metrics.
func (c *Counters) Called(method, outcome string) {
	c.with(method, func(m *MethodCount) { m.Outcomes[outcome]++ })
}

// Repeated implements Metrics.
func (c *Counters) Repeated(method string) {
	c.with(method, func(m *MethodCount) { m.Repeats++ })
}

// Waited implements Metrics.
func (c *Counters) Waited(method string, d time.Duration) {
	c.with(method, func(m *MethodCount) { m.Waits++; m.WaitTime += d })
}

func (c *Counters) with(method string, change func(*MethodCount)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.methods == nil {
		c.methods = map[string]*MethodCount{}
	}
	m := c.methods[method]
	if m == nil {
		m = &MethodCount{Outcomes: map[string]int{}}
		c.methods[method] = m
	}
	change(m)
}

// Snapshot returns a copy of all counts by method.
func (c *Counters) Snapshot() map[string]MethodCount {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := make(map[string]MethodCount, len(c.methods))
	for name, m := range c.methods {
		count := *m
		count.Outcomes = make(map[string]int, len(m.Outcomes))
		for k, v := range m.Outcomes {
			count.Outcomes[k] = v
		}
		out[name] = count
	}
	return out
}
