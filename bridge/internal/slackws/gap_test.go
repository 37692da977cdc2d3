package slackws_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

// clocks are a session's, set off from synthetic time.
type clocks struct {
	mu           sync.Mutex
	start        time.Time
	ahead, awake time.Duration // of the wall clock, and of the uptime
}

func newClocks() *clocks { return &clocks{start: time.Now()} }

func (c *clocks) wall() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Now().Round(0).Add(c.ahead)
}

func (c *clocks) uptime() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return time.Since(c.start) + c.awake
}

func (c *clocks) jump(wall, uptime time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ahead += wall
	c.awake += uptime
}

// TestGaps: after each time in which an event may not have been stored, the caller is
// told since when and until when, before it gets what came afterwards.
func TestGaps(t *testing.T) {
	const s, m = time.Second, time.Minute
	for name, tc := range map[string]struct {
		serve func(int, *serverConn)
		open  func(int) error
		mute  bool
		want  []toldGap
	}{
		"none": {serve: helloThen(func(c *serverConn) { c.event("e1"); _ = c.idle() })},
		"a refresh with overlap": {serve: once(func(c *serverConn) {
			c.hello(1)
			c.wait(m)
			c.disconnect("refresh_requested")
			_ = c.idle()
		})},
		"a cut": {
			serve: func(n int, c *serverConn) {
				if n == 2 {
					c.wait(3 * s)
				}
				c.hello(1)
				c.event(fmt.Sprint("e", n)) // at once: it must not overtake the gap
				if n == 1 {
					c.wait(12 * s)
					_ = c.CloseNow()
				}
				_ = c.idle()
			},
			want: []toldGap{{since: 10 * s, until: 15 * s, handled: 1}}, // the last pong came at 10 s
		},
		"no socket available": {
			open: func(n int) error {
				if n > 1 && n < 5 {
					return &openError{code: "fatal_error"}
				}
				return nil
			},
			serve: once(func(c *serverConn) { c.hello(1); c.event("e1"); c.wait(m + s); _ = c.CloseNow() }),
			want:  []toldGap{{since: m, until: m + 23*s, handled: 1}},
		},
		"a half-open socket": {
			serve: once(func(c *serverConn) { c.hello(1); c.wait(5 * s); c.event("e1"); _ = c.idle() }), mute: true,
			want: []toldGap{{since: 5 * s, until: 20 * s, handled: 1}},
		},
		"a refreshed socket that breaks before the new one is there": {
			serve: func(n int, c *serverConn) {
				if n == 2 {
					c.wait(20 * s)
				}
				c.hello(1)
				if n == 1 {
					c.wait(5 * s)
					c.disconnect("refresh_requested")
					c.wait(10 * s)
					_ = c.CloseNow()
				}
				_ = c.idle()
			},
			want: []toldGap{{since: 10 * s, until: 25 * s}},
		},
		"Socket Mode off and on": {
			serve: once(func(c *serverConn) { c.hello(1); c.wait(m); c.disconnect("link_disabled"); _ = c.idle() }),
			want:  []toldGap{{since: m, until: m + 2*s}},
		},
		"a frame that cannot be read": {
			serve: helloThen(func(c *serverConn) {
				c.wait(7 * s)
				_ = c.Write(c.ctx, websocket.MessageText, []byte(`{"envelope_id":"e`))
				_ = c.idle()
			}),
			want: []toldGap{{since: 7 * s, until: 7 * s}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{serve: tc.serve, open: tc.open, mute: tc.mute}
				r, stop := f.run(t, slackws.Config{})
				elapse(m + 35*s)
				told := r.toldGaps(t)
				stop()
				if tc.mute { // the next socket is as mute as the first
					told = told[:1]
				}
				require.Equal(t, tc.want, append([]toldGap(nil), told...))
			})
		})
	}
}

// TestWhatIsNotStoredIsAGap: it begins when the envelope came, ends when storing works
// again, and is told once for all that came meanwhile.
func TestWhatIsNotStoredIsAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		away := errors.New("the database is away")
		var mu sync.Mutex
		working := true
		works := func() bool { mu.Lock(); defer mu.Unlock(); return working }
		set := func(to bool) { mu.Lock(); defer mu.Unlock(); working = to }
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			c.wait(10 * time.Second)
			set(false)
			for i := range 20 {
				c.event(fmt.Sprint("e", i))
				c.wait(time.Second)
			}
			set(true)
			_ = c.idle()
		})}
		cfg := slackws.Config{
			Handle: func(ctx context.Context, envelopes []slackevent.Envelope) error {
				if !works() {
					return away
				}
				return f.seen.handle(ctx, envelopes)
			},
			OnGap: func(ctx context.Context, since, until time.Time) error {
				if !works() {
					return away
				}
				return f.seen.onGap(ctx, since, until)
			},
		}
		r, stop := f.run(t, cfg)
		elapse(time.Minute)
		told := r.toldGaps(t)
		stop()
		require.Len(t, told, 1)
		require.Equal(t, 10*time.Second, told[0].since)
		require.GreaterOrEqual(t, told[0].until, 29*time.Second)
		require.Less(t, told[0].until, 45*time.Second, "without another envelope")
		require.EqualValues(t, 20, r.session.Stats().Unhandled)
		require.EqualValues(t, 2, r.session.Stats().Gaps)
	})
}

// TestAFullQueueIsAGap: what is dropped unread is missed.
func TestAFullQueueIsAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			c.wait(5 * time.Second)
			for i := range 6000 {
				c.event(fmt.Sprint("e", i))
			}
			for c.ack() != "" {
			}
		})}
		release := make(chan struct{})
		r, stop := f.run(t, slackws.Config{Handle: func(ctx context.Context, envelopes []slackevent.Envelope) error {
			<-release
			return f.seen.handle(ctx, envelopes)
		}})
		elapse(time.Minute)
		close(release)
		elapse(time.Minute)
		told := r.toldGaps(t)
		stop()
		require.Len(t, told, 1)
		require.Equal(t, 5*time.Second, told[0].since)
	})
}

// TestStandingStillIsAGap: the process was stopped, the machine was suspended, or the
// clock was set; a clock that is a little off is no reason.
func TestStandingStillIsAGap(t *testing.T) {
	const s, hour = time.Second, time.Hour
	for name, tc := range map[string]struct {
		wall, uptime time.Duration // by which the clocks jump
		want         []toldGap
	}{
		"nothing":             {0, 0, nil},
		"a little":            {5 * s, 5 * s, nil},
		"a clock is adjusted": {8 * s, 0, nil},
		"the process stops":   {40 * s, 40 * s, []toldGap{{since: 10 * s, until: 55 * s}}},
		"the machine sleeps":  {hour, 0, []toldGap{{since: 10 * s, until: hour + 15*s}}},
		"the clock is ahead":  {-hour, 0, []toldGap{{since: 10*s - hour, until: 15*s - hour}}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{clocks: newClocks(), serve: helloThen(func(c *serverConn) { _ = c.idle() })}
				r, stop := f.run(t, slackws.Config{})
				elapse(12 * s) // the clocks are looked at each 5 s
				f.clocks.jump(tc.wall, tc.uptime)
				elapse(time.Minute)
				told := r.toldGaps(t)
				stop()
				require.Equal(t, tc.want, append([]toldGap(nil), told...))
			})
		})
	}
}

// TestAGapGrowsUntilItIsTaken: what is added while the caller is told is told as well.
// How long Slack lets a socket wait differs, so the test waits for the cuts themselves.
func TestAGapGrowsUntilItIsTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cuts := make(chan time.Time, 9)
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			c.wait(35 * time.Second)
			cuts <- time.Now().Add(-5 * time.Second) // when the last pong came
			_ = c.CloseNow()
		})}
		calls := 0
		var first, second time.Time
		told := make(chan struct{})
		r, stop := f.run(t, slackws.Config{OnGap: func(ctx context.Context, since, until time.Time) error {
			calls++
			if calls == 2 {
				first, second = <-cuts, <-cuts // the next socket is cut meanwhile
			}
			if calls == 3 {
				defer close(told)
			}
			return f.seen.onGap(ctx, since, until)
		}})
		<-told
		gaps := r.toldGaps(t)
		stop()
		require.Len(t, gaps, 2)
		require.Equal(t, first.Sub(r.start), gaps[0].since)
		require.Equal(t, second.Sub(r.start), gaps[1].since, "what the next socket missed")
		require.Greater(t, gaps[1].until, gaps[1].since)
	})
}

// TestAnEarlierGapIsToldToo has the clock set back while the caller is told of a gap: the
// gap that this makes begins and ends before the one that is told.
func TestAnEarlierGapIsToldToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{clocks: newClocks(), serve: helloThen(func(c *serverConn) { _ = c.idle() })}
		calls := 0
		r, stop := f.run(t, slackws.Config{OnGap: func(ctx context.Context, since, until time.Time) error {
			if calls++; calls == 1 {
				elapse(12 * time.Second)
				f.clocks.jump(-time.Hour, 0)
				elapse(time.Minute)
			}
			return f.seen.onGap(ctx, since, until)
		}})
		elapse(2 * time.Minute)
		told := r.toldGaps(t)
		stop()
		require.Equal(t, []toldGap{{since: 10*time.Second - time.Hour, until: 15*time.Second - time.Hour}}, append([]toldGap(nil), told...))
	})
}
