package slackapi

import (
	"sync"
	"time"
)

// clock is Slack's clock as the Date header of its answers tells it. What has passed
// since an answer is measured on the monotonic clock: setting this machine's clock
// changes nothing, and a machine that was suspended is behind until the next answer.
type clock struct {
	mu    sync.Mutex
	said  time.Time
	heard time.Time
}

// hear notes what an answer said that came just now. A Date header leaves out the part of
// a second: where what is known fits to it, that is more precise.
func (c *clock) hear(said time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if known := c.said.Add(now.Sub(c.heard)); !c.said.IsZero() && !known.Before(said) && known.Before(said.Add(time.Second)) {
		return
	}
	c.said, c.heard = said, now
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.said.IsZero() {
		return time.Time{}
	}
	return c.said.Add(time.Since(c.heard))
}

// Time returns the time on Slack's clock, by which messages have their ts; the zero time
// before the first answer. It is never ahead, and behind by what an answer takes and at
// first by the part of a second that a Date header leaves out.
func (c *Client) Time() time.Time { return c.clock.now() }
