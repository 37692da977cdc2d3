package slackws_test

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackws"
)

// openError is an error as slackapi's, as far as the session asks.
type openError struct {
	code  string
	dead  bool
	after time.Duration
}

func (e *openError) Error() string             { return "apps.connections.open: " + e.code + ": the cure" }
func (e *openError) Dead() bool                { return e.dead }
func (e *openError) RetryAfter() time.Duration { return e.after }
func (e *openError) Parts() (what, cure string) {
	return "apps.connections.open: " + e.code, "the cure"
}

// helloThen serves connections that say hello and then do what then says.
func helloThen(then func(c *serverConn)) func(int, *serverConn) {
	return func(_ int, c *serverConn) {
		c.hello(1)
		then(c)
	}
}

// once serves one faulty connection, and healthy ones from then on.
func once(faulty func(c *serverConn)) func(int, *serverConn) {
	return func(n int, c *serverConn) {
		if n == 1 {
			faulty(c)
			return
		}
		c.hello(1)
		_ = c.idle()
	}
}

func fails(err error) func(int) error {
	return func(n int) error {
		if n == 1 {
			return err
		}
		return nil
	}
}

func TestEachFaultsNextAttempt(t *testing.T) {
	noRoute := &url.Error{
		Op: "Post", URL: "https://slack.com/api/apps.connections.open",
		Err: &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route to host")},
	}
	stable := 2 * time.Minute
	for name, tc := range map[string]struct {
		open   func(int) error
		status int
		mute   bool
		serve  func(int, *serverConn)
		after  time.Duration // when the fault happens
		wait   time.Duration // how long after it the next attempt begins
		state  string
		says   []string
	}{
		"refresh": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				c.disconnect("refresh_requested")
				_ = c.idle()
			}),
			after: stable, wait: 0,
			state: "connecting refresh_requested", says: []string{"refresh_requested", "nothing to do"},
		},
		"warning": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				c.disconnect("warning")
				_ = c.idle()
			}),
			after: stable, wait: 0,
			state: "connecting warning", says: []string{"about to close", "nothing to do"},
		},
		"a reason that is not known yet": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				c.disconnect("planned_move")
				_ = c.idle()
			}),
			after: stable, wait: 0,
			state: "connecting planned_move", says: []string{"planned_move"},
		},
		"cut after hello": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				_ = c.CloseNow()
			}),
			after: stable, wait: 0,
			state: "connecting cut", says: []string{"broke", "check the network"},
		},
		"closed after hello": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				_ = c.Close(websocket.StatusGoingAway, "bye")
			}),
			after: stable, wait: 0,
			state: "connecting closed", says: []string{"code 1001", "slack-status.com"},
		},
		"no pong": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				_ = c.idle()
			}),
			mute: true, after: 20 * time.Second, wait: 0,
			state: "connecting no_pong", says: []string{"no pong within 10s", "check the network"},
		},
		"too many websockets before hello": {
			serve: once(func(c *serverConn) { c.disconnect("too_many_websockets") }),
			wait:  2 * time.Second,
			state: "waiting too_many_websockets", says: []string{"10 are open", "next attempt in 2 s", "stop the other programs"},
		},
		"too many websockets after hello": {
			serve: once(func(c *serverConn) {
				c.hello(11)
				c.disconnect("too_many_websockets")
				_ = c.idle()
			}),
			wait:  2 * time.Second,
			state: "waiting too_many_websockets", says: []string{"stop the other programs"},
		},
		"link disabled": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				c.disconnect("link_disabled")
				_ = c.idle()
			}),
			after: stable, wait: 2 * time.Second,
			state: "waiting link_disabled", says: []string{"Socket Mode is switched off", "nothing to do unless it lasts", "next attempt in 2 s"},
		},
		"link disabled before hello": {
			serve: once(func(c *serverConn) { c.disconnect("link_disabled") }),
			wait:  2 * time.Second,
			state: "waiting link_disabled", says: []string{"nothing to do unless it lasts"},
		},
		"app uninstalled": {
			serve: once(func(c *serverConn) {
				c.hello(1)
				c.wait(stable)
				c.send(`{"envelope_id":"e1","type":"events_api","payload":{"type":"event_callback","event_id":"Ev1","event":{"type":"app_uninstalled"}}}`)
				_ = c.idle()
			}),
			after: stable, wait: time.Minute,
			state: "stopped app_uninstalled", says: []string{"install it again", "looking again in 60 s"},
		},
		"no hello": {
			serve: once(func(c *serverConn) { _ = c.idle() }),
			after: 30 * time.Second, wait: 2 * time.Second,
			state: "waiting no_hello", says: []string{"did not say hello", "lets WebSockets through"},
		},
		"cut before hello": {
			serve: once(func(c *serverConn) { _ = c.CloseNow() }),
			wait:  2 * time.Second,
			state: "waiting cut", says: []string{"next attempt in 2 s"},
		},
		"refresh before hello": {
			serve: once(func(c *serverConn) { c.disconnect("refresh_requested") }),
			wait:  2 * time.Second,
			state: "waiting refresh_requested", says: []string{"next attempt in 2 s"},
		},
		"handshake refused": {
			status: http.StatusForbidden,
			wait:   2 * time.Second,
			state:  "waiting refused", says: []string{"HTTP 403", "lets WebSockets through"},
		},
		"error of the API": {
			open:  fails(&openError{code: "internal_error"}),
			wait:  2 * time.Second,
			state: "waiting api_error", says: []string{"internal_error", "next attempt in 2 s"},
		},
		"error without a kind": {
			open:  fails(errors.New("strange")),
			wait:  2 * time.Second,
			state: "waiting api_error", says: []string{"strange"},
		},
		"rate limited for long": {
			open:  fails(&openError{code: "ratelimited", after: 90 * time.Second}),
			wait:  90 * time.Second,
			state: "waiting api_error", says: []string{"ratelimited", "next attempt in 90 s"},
		},
		"rate limited for a moment": {
			open:  fails(&openError{code: "ratelimited", after: time.Second}),
			wait:  2 * time.Second,
			state: "waiting api_error",
		},
		"dead token": {
			open:  fails(&openError{code: "token_revoked", dead: true}),
			wait:  2 * time.Second,
			state: "waiting dead_token", says: []string{"token_revoked", "nothing to do unless it lasts"},
		},
		"network down": {
			open:  fails(noRoute),
			wait:  time.Second,
			state: "waiting unreachable", says: []string{"no route to host", "DNS"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{serve: tc.serve, open: tc.open, status: tc.status, mute: tc.mute}
				if f.serve == nil {
					f.serve = helloThen(func(c *serverConn) { _ = c.idle() })
				}
				r, stop := f.run(t, slackws.Config{})
				elapse(tc.after + tc.wait + 500*time.Millisecond)
				stop()

				require.Contains(t, r.told(), tc.state)
				require.Equal(t, strings.HasPrefix(tc.state, "stopped"), strings.Contains(strings.Join(r.told(), ","), "stopped"), "no operator is called for what passes")
				for _, state := range r.states {
					if string(state.Kind)+" "+string(state.Reason) != tc.state {
						continue
					}
					for _, words := range tc.says {
						require.Contains(t, state.Message, words)
					}
				}
				opened := f.openedAt()
				require.Len(t, opened, 2)
				require.Equal(t, tc.after+tc.wait, opened[1].Round(100*time.Millisecond))
			})
		})
	}
}

// dead is what Slack answers for good, as far as the session can know.
func dead(int) error { return &openError{code: "invalid_auth", dead: true} }

// TestWhatNeedsAPersonIsConfirmed: only after four refusals a person is told, once, with
// what to do. The session looks again each minute, and goes on when it is done.
func TestWhatNeedsAPersonIsConfirmed(t *testing.T) {
	deadSince := func(open int) func(int) error {
		return func(n int) error {
			if n < open || n >= open+6 {
				return nil
			}
			return dead(n)
		}
	}
	for name, tc := range map[string]struct {
		open   func(int) error
		serve  func(int, *serverConn)
		opens  []int
		reason string
		says   []string
	}{
		"a dead token": {
			open: deadSince(1), serve: helloThen(func(c *serverConn) { _ = c.idle() }),
			opens: []int{0, 2, 5, 15, 60, 60, 60}, reason: "dead_token", says: []string{"connections:write", "looking again in 60 s"},
		},
		"Socket Mode is off": {
			open: deadSince(2), serve: once(func(c *serverConn) { c.hello(1); c.disconnect("link_disabled"); _ = c.idle() }),
			opens: []int{0, 2, 5, 15, 60, 60, 60, 60}, reason: "link_disabled", says: []string{"switch it on under Socket Mode"},
		},
		"Socket Mode is off, says each socket": {
			serve: func(n int, c *serverConn) {
				c.hello(1)
				if n <= 6 {
					c.disconnect("link_disabled")
				}
				_ = c.idle()
			},
			opens: []int{0, 2, 5, 15, 60, 60, 60}, reason: "link_disabled", says: []string{"switch it on under Socket Mode"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{open: tc.open, serve: tc.serve}
				r, stop := f.run(t, slackws.Config{})
				elapse(10 * time.Minute)
				stop()
				require.Equal(t, tc.opens, gaps(f.openedAt()))
				var told []string
				for _, state := range r.told() {
					if state != "connected hello" {
						told = append(told, state)
					}
				}
				require.Equal(t, "waiting "+tc.reason, told[1])
				require.Equal(t, "stopped "+tc.reason, told[len(told)-1])
				require.Equal(t, "connected hello", r.told()[len(r.told())-1], "it ends by itself")
				for _, state := range r.states {
					for _, words := range tc.says {
						require.Equal(t, state.Kind == slackws.Stopped, strings.Contains(state.Message, words), state.Message)
					}
				}
			})
		})
	}
}

// TestSingleFalseRefusalsCallNobody: each time the socket is cut Slack refuses a good
// token once or thrice.
func TestSingleFalseRefusalsCallNobody(t *testing.T) {
	for _, refusals := range []int{1, 3} {
		synctest.Test(t, func(t *testing.T) {
			f := &fakeSlack{
				open: func(n int) error {
					if n%(refusals+1) == 0 {
						return nil
					}
					return dead(n)
				},
				serve: helloThen(func(c *serverConn) { c.wait(30 * time.Second); _ = c.CloseNow() }),
			}
			r, stop := f.run(t, slackws.Config{})
			elapse(time.Hour)
			stop()
			require.NotContains(t, strings.Join(r.told(), ","), "stopped")
		})
	}
}

// TestAtMostFourOpensAMinute has refusals come after losses and among Slack's own wishes.
func TestAtMostFourOpensAMinute(t *testing.T) {
	for name, f := range map[string]*fakeSlack{
		"losses before": {
			open:  func(n int) error { return map[bool]error{true: &openError{code: "fatal_error"}}[n > 4] },
			serve: helloThen(func(c *serverConn) { _ = c.CloseNow() }),
		},
		"asked for patience": {open: func(n int) error { return &openError{code: "ratelimited", after: time.Duration(n) * time.Second} }},
		"dead and not":       {open: func(n int) error { return &openError{code: "fatal_error", dead: n%2 == 0} }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, stop := f.run(t, slackws.Config{})
				elapse(time.Hour)
				stop()
				opens := f.openedAt()
				require.Greater(t, len(opens), 50)
				for i := 5; i < len(opens); i++ { // the first follow losses
					require.GreaterOrEqual(t, opens[i]-opens[i-4], time.Minute)
				}
			})
		})
	}
}

func TestLossesInARowAreSpacedOut(t *testing.T) {
	for name, misbehave := range map[string]func(c *serverConn){
		"cut at once":     func(c *serverConn) { _ = c.CloseNow() },
		"refresh at once": func(c *serverConn) { c.disconnect("refresh_requested"); _ = c.idle() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{serve: helloThen(misbehave)}
				_, stop := f.run(t, slackws.Config{})
				elapse(4 * time.Minute)
				stop()
				require.Equal(t, []int{0, 0, 1, 2, 4, 8, 16, 32, 60, 60}, gaps(f.openedAt()))
			})
		})
	}
}

func TestAStableConnectionStartsTheScheduleAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{serve: func(n int, c *serverConn) {
			c.hello(1)
			if n == 5 {
				c.wait(time.Minute)
			}
			_ = c.CloseNow()
		}}
		_, stop := f.run(t, slackws.Config{})
		elapse(75 * time.Second)
		stop()
		require.Equal(t, []int{0, 0, 1, 2, 4, 60, 1, 2, 4}, gaps(f.openedAt()))
	})
}

func TestNeverAHotLoop(t *testing.T) {
	for name, tc := range map[string]struct {
		slack *fakeSlack
		most  int
	}{
		"hello, too many": {&fakeSlack{serve: helloThen(func(c *serverConn) { c.disconnect("too_many_websockets") })}, 63},
		"hello, cut":      {&fakeSlack{serve: helloThen(func(c *serverConn) { _ = c.CloseNow() })}, 70},
		"hello, refresh":  {&fakeSlack{serve: helloThen(func(c *serverConn) { c.disconnect("refresh_requested"); _ = c.idle() })}, 70},
		"accept, cut":     {&fakeSlack{serve: func(_ int, c *serverConn) { _ = c.CloseNow() }}, 63},
		"accept, refresh": {&fakeSlack{serve: func(_ int, c *serverConn) { c.disconnect("refresh_requested") }}, 63},
		"refused":         {&fakeSlack{status: http.StatusServiceUnavailable}, 63},
		"api error":       {&fakeSlack{open: func(int) error { return &openError{code: "fatal_error"} }}, 63},
		"network down":    {&fakeSlack{open: func(int) error { return &net.OpError{Op: "dial", Err: errors.New("down")} }}, 70},
		"dead token":      {&fakeSlack{open: func(int) error { return &openError{code: "invalid_auth", dead: true} }}, 63},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, stop := tc.slack.run(t, slackws.Config{})
				elapse(time.Hour)
				stop()
				opens := len(tc.slack.openedAt())
				require.LessOrEqual(t, opens, tc.most)
				require.GreaterOrEqual(t, opens, 6, "it must go on trying")
			})
		})
	}
}

func TestScaleDoesNotShortenWhatSlackAsksFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{open: func(int) error { return &openError{code: "ratelimited", after: 5 * time.Second} }}
		_, stop := f.run(t, slackws.Config{Scale: 0.01})
		elapse(11 * time.Second)
		stop()
		require.Equal(t, []int{0, 5, 5}, gaps(f.openedAt()))
	})
}

func TestScaleShortensTheSchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{open: func(int) error { return &openError{code: "internal_error"} }}
		_, stop := f.run(t, slackws.Config{Scale: 0.01})
		elapse(6500 * time.Millisecond)
		stop()
		require.Len(t, f.openedAt(), 14, "one at once, after 0.02, 0.05 and 0.15 s, and one each 0.6 s")
	})
}

// gaps returns the whole seconds between one attempt and the next, the first
// since the start.
func gaps(times []time.Duration) []int {
	var result []int
	last := time.Duration(0)
	for _, at := range times {
		result = append(result, int((at-last).Round(time.Second)/time.Second))
		last = at
	}
	return result
}
