package slackapi

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/url"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackapi/limit"
	"ops-jrz1/bridge/internal/slackevent"
)

// request is one call of a method.
type request struct {
	method  string
	channel string // for limits that are kept a channel
	form    url.Values
	token   tokenKind
	effect  effect
}

// tokenKind says which token a call is made with.
type tokenKind int

const (
	botToken tokenKind = iota
	appToken
	configurationToken
	// noToken: what the call is for is among its arguments.
	noToken
)

// effect says what repeating the call would do.
type effect int

const (
	// same: doing it twice is doing it once. Reads, and writes that set a state.
	same effect = iota
	// twice: it must not be repeated unless it surely did not happen.
	twice
	// alone: the caller repeats it by a schedule of its own.
	alone
)

// The bounds of what one call repeats by itself. What lasts longer is for the
// caller to come back to.
const (
	maxAttempts   = 4
	maxRateLimits = 10
	firstBackoff  = 500 * time.Millisecond
)

// callInto is call, with the answer decoded into the struct that out points to.
func (c *Client) callInto(ctx context.Context, r request, out any) error {
	body, err := c.call(ctx, r)
	if err != nil {
		return err
	}
	return decode(r, body, out)
}

// call makes a request until it succeeds or may not be repeated, and returns the
// answer.
func (c *Client) call(ctx context.Context, r request) (json.RawMessage, error) {
	failures, limited := 0, 0
	for {
		if err := c.turn(ctx, r); err != nil {
			return nil, err
		}
		body, e := c.exchange(ctx, r)
		c.count(r.method, e)
		if e == nil {
			return body, nil
		}
		if e.kind == Credentials && r.token == botToken {
			c.refused()
		}
		var pause time.Duration
		if e.kind == RateLimited {
			limited++
			e.After = c.limits.Pause(r.method, r.channel, e.After)
			if r.effect == alone || limited >= maxRateLimits {
				return nil, e
			}
		} else {
			failures++
			if ctx.Err() != nil || failures >= maxAttempts || !repeatable(r, e) {
				return nil, e
			}
			pause = c.backoff(failures)
		}
		c.log.Info("A call to Slack is repeated", zap.String("method", r.method), zap.Duration("in", max(pause, e.After)), zap.Error(e))
		c.metrics.Repeated(r.method)
		if err := wait(ctx, pause); err != nil {
			e.cause = err // what the last attempt did is still what counts
			return nil, e
		}
	}
}

// turn waits for the rate limits.
func (c *Client) turn(ctx context.Context, r request) error {
	waited, err := c.limits.Wait(ctx, r.method, r.channel, options(ctx))
	if waited > 0 {
		c.metrics.Waited(r.method, waited)
	}
	var busy *limit.Busy
	if errors.As(err, &busy) {
		return tooBusy(r.method, busy, r.token)
	}
	if err != nil {
		return &Error{Method: r.method, kind: Temporary, outcome: notSent, cause: err, token: r.token}
	}
	return nil
}

// tooBusy is the error of a call that would have to wait longer for the limits than
// its caller wants.
func tooBusy(method string, busy *limit.Busy, token tokenKind) *Error {
	return &Error{Method: method, Code: "ratelimited", kind: RateLimited, After: busy.After, token: token}
}

// repeatable says whether the failed call may be made again without any risk.
func repeatable(r request, e *Error) bool {
	if e.kind != Temporary || r.effect == alone {
		return false
	}
	return e.outcome == notSent || e.outcome == unknown && r.effect == same
}

// backoff is the wait after the nth failure: doubling, between half and the
// whole of it by chance, so that many callers do not come back at once.
func (c *Client) backoff(n int) time.Duration {
	whole := firstBackoff << (n - 1)
	return c.scaled(whole/2 + rand.N(whole/2))
}

func (c *Client) count(method string, e *Error) {
	switch {
	case e == nil:
		c.metrics.Called(method, "ok")
	case e.Code == "":
		c.metrics.Called(method, "unreachable")
	default:
		c.metrics.Called(method, e.Code)
	}
}

// decode reads the answer's top level into the struct that out points to.
func decode(r request, body json.RawMessage, out any) error {
	if err := slackevent.Unmarshal(body, out); err != nil {
		return misunderstood(r, err)
	}
	return nil
}

// misunderstood is the error for an "ok" whose content cannot be read. What was
// asked for has happened.
func misunderstood(r request, err error) *Error {
	return &Error{
		Method: r.method, token: r.token, kind: Permanent, outcome: unknown,
		cause: &hidden{text: "the answer was not understood: " + err.Error(), err: err},
	}
}

// named returns what was asked for, or an error if the answer lacks it: nothing
// of Slack's is without an id.
func named[T any](r request, thing *T, id string, err error) (*T, error) {
	if err != nil {
		return nil, err
	}
	if id == "" {
		return nil, &Error{Method: r.method, kind: Permanent, what: "the answer lacks what was asked for"}
	}
	return thing, nil
}

// wait blocks for d, or until the context ends, whose error it returns.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
