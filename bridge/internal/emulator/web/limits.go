package web

import (
	"math"
	"sync"
	"time"
)

// perMinute are the budgets of the tiers (Slack docs: rate limits). Special
// methods have their own.
var perMinute = map[Tier]float64{1: 1, 2: 20, 3: 50, 4: 100}

// special are the budgets of methods without a tier, in calls a minute.
var special = map[string]float64{
	"auth.test": 300, "chat.getPermalink": 300, "apps.event.authorizations.list": 60, "tooling.tokens.rotate": 60,
}

// postBurst is the short burst of messages that one channel takes beyond one a
// second; postWorkspace is the cap over all channels a minute.
const (
	postBurst     = 4
	postWorkspace = 600
)

// bucket is a token bucket.
type bucket struct {
	tokens float64
	last   time.Time
}

// limiter holds the budgets of every method, app and, for messages, channel.
type limiter struct {
	now func() time.Time

	mu      sync.Mutex
	scale   float64
	buckets map[string]*bucket
}

func newLimiter(now func() time.Time, scale float64) *limiter {
	return &limiter{now: now, scale: scale, buckets: map[string]*bucket{}}
}

func (l *limiter) setScale(scale float64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.scale = scale
	l.buckets = map[string]*bucket{}
}

// take spends one call. A positive result refuses it: the whole seconds after
// which to try again.
func (l *limiter) take(c *Call, nonMarketplace bool) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.scale <= 0 {
		return 0
	}
	key := c.App.ID + c.Token.User + " " + c.Method.Name
	switch {
	case c.Method.Name == "chat.postMessage":
		if wait := l.spend(key+" "+c.Args["channel"], postBurst, 60); wait > 0 {
			return wait
		}
		return l.spend(key, postWorkspace, postWorkspace)
	case nonMarketplace && (c.Method.Name == "conversations.history" || c.Method.Name == "conversations.replies"):
		return l.spend(key+" outside", 1, 1)
	}
	rate, ok := perMinute[c.Method.Tier]
	if !ok {
		rate = special[c.Method.Name]
	}
	return l.spend(key, rate, rate)
}

// spend takes a token from a bucket of a size that refills at a rate a minute.
func (l *limiter) spend(key string, size, rate float64) int {
	size, rate = size*l.scale, rate*l.scale
	size = max(size, 1)
	now := l.now()
	b := l.buckets[key]
	if b == nil {
		b = &bucket{tokens: size, last: now}
		l.buckets[key] = b
	}
	b.tokens = min(size, b.tokens+now.Sub(b.last).Minutes()*rate)
	b.last = now
	if b.tokens >= 1 {
		b.tokens--
		return 0
	}
	return max(1, int(math.Ceil((1-b.tokens)/rate*60)))
}
