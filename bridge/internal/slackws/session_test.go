package slackws_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

// zapID is the log field that names an envelope.
func zapID(id string) zapcore.Field { return zap.String("envelope_id", id) }

func TestRunNeedsOpenAndHandle(t *testing.T) {
	require.ErrorContains(t, slackws.New(slackws.Config{}).Run(t.Context()), "needs Open and Handle")
}

func TestOverlapLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var oldAcks, newAcks []string
		var oldEnd error
		var newHello, oldClosed time.Duration
		start := time.Now()
		refreshed := make(chan struct{})
		f := &fakeSlack{serve: func(n int, c *serverConn) {
			if n == 2 {
				c.wait(3 * time.Second) // Slack takes its time with the hello
				newHello = time.Since(start)
				c.hello(2)
				close(refreshed)
				c.event("new-1")
				newAcks = c.acks(time.Minute)
				_ = c.idle()
				return
			}
			c.hello(1)
			c.event("old-1")
			c.disconnect("refresh_requested")
			c.event("old-2") // before there is a new socket
			<-refreshed
			c.event("old-3") // while both are open
			oldEnd = c.idle()
			oldClosed = time.Since(start)
			oldAcks = c.acks(0)
		}}
		var atOnce, most atomic.Int64
		var handled []string
		_, stop := f.run(t, slackws.Config{Handle: alone(func(_ context.Context, env slackevent.Envelope) error {
			most.Store(max(most.Load(), atOnce.Add(1)))
			defer atOnce.Add(-1)
			elapse(100 * time.Millisecond)
			handled = append(handled, env.ID)
			return nil
		})})
		elapse(2 * time.Minute)
		stop()
		require.Equal(t, []string{"old-1", "old-2", "old-3"}, oldAcks)
		require.Equal(t, []string{"new-1"}, newAcks)
		require.ElementsMatch(t, []string{"old-1", "old-2", "old-3", "new-1"}, handled)
		require.Equal(t, []string{"old-1", "old-2"}, handled[:2])
		require.Equal(t, int64(1), most.Load(), "one at a time over both sockets")
		require.Greater(t, oldClosed, newHello, "the old socket stays until the new one is ready")
		require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(oldEnd))
		require.Len(t, f.openedAt(), 2)
	})
}

func TestTheOldSocketServesUntilItsSuccessorWorks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var acks []string
		f := &fakeSlack{
			open: func(n int) error {
				if n >= 2 && n <= 4 { // it is asked at once, after 2, 7 and 60 s
					return &openError{code: "internal_error"}
				}
				return nil
			},
			serve: func(n int, c *serverConn) {
				c.hello(n)
				if n == 1 {
					c.disconnect("refresh_requested")
					c.wait(30 * time.Second)
					c.event("meanwhile")
					acks = c.acks(10 * time.Second)
				}
				_ = c.idle()
			},
		}
		r, stop := f.run(t, slackws.Config{})
		elapse(2 * time.Minute)
		stop()
		require.Equal(t, []string{"meanwhile"}, acks)
		require.Equal(t, []string{
			"connecting start", "connected hello", "connecting refresh_requested",
			"waiting api_error", "connected hello",
		}, r.told())
	})
}

func TestStoppingSaysGoodbye(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var end error
		f := &fakeSlack{serve: helloThen(func(c *serverConn) { end = c.idle() })}
		_, stop := f.run(t, slackws.Config{})
		elapse(time.Minute)
		stop()
		require.Equal(t, websocket.StatusNormalClosure, websocket.CloseStatus(end))
	})
}

func TestStoppingAcknowledgesWhatIsBeingHandled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var acks []string
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			c.event("e1")
			c.event("e2")
			_ = c.idle()
			acks = c.acks(0)
		})}
		_, stop := f.run(t, slackws.Config{Handle: alone(func(context.Context, slackevent.Envelope) error {
			elapse(20 * time.Second) // committed, whatever else ends
			return nil
		})})
		elapse(10 * time.Second)
		stop()
		require.Equal(t, []string{"e1"}, acks)
	})
}

func TestStoppingDoesNotWaitForAServerThatIsDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		f := &fakeSlack{deaf: true, serve: helloThen(func(*serverConn) { <-done })}
		r, stop := f.run(t, slackws.Config{})
		elapse(5 * time.Second)
		before := time.Now()
		r.end()
		require.Equal(t, time.Second, time.Since(before))
		close(done)
		stop()
	})
}

func TestStoppingAtAnyPoint(t *testing.T) {
	for name, f := range map[string]*fakeSlack{
		"while waiting":       {open: func(int) error { return &openError{code: "internal_error"} }},
		"while stopped":       {open: func(int) error { return &openError{code: "invalid_auth", dead: true} }},
		"while hello is due":  {serve: func(_ int, c *serverConn) { _ = c.idle() }},
		"while being drained": {serve: helloThen(func(c *serverConn) { c.wait(8 * time.Second); c.disconnect("warning"); _ = c.idle() })},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				_, stop := f.run(t, slackws.Config{})
				elapse(10 * time.Second)
				before, opens := time.Now(), len(f.openedAt())
				stop()
				require.Zero(t, time.Since(before))
				require.Len(t, f.openedAt(), opens, "no attempt after the end")
			})
		})
	}
}

func TestStoppingWhileAnAddressIsAskedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{}
		r, stop := f.run(t, slackws.Config{Open: func(ctx context.Context) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}})
		elapse(10 * time.Second)
		stop()
		require.Equal(t, []string{"connecting start"}, r.told(), "the end is no fault")
	})
}

func TestAStateThatLastsIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{open: func(int) error { return &openError{code: "internal_error"} }}
		r, stop := f.run(t, slackws.Config{})
		elapse(30 * time.Minute)
		require.Equal(t, []string{"connecting start", "waiting api_error"}, r.told())
		require.Equal(t, 2, r.logs.Len(), "the log says each change once")
		now := r.session.State()
		require.Equal(t, slackws.Waiting, now.Kind)
		require.WithinRange(t, now.Next, time.Now(), time.Now().Add(time.Minute), "State shows the next attempt as it moves")
		stop()
	})
}

func TestForeignSocketsAreNoted(t *testing.T) {
	for _, tc := range []struct {
		counted int
		noted   bool
	}{{1, false}, {3, true}} {
		t.Run(fmt.Sprint(tc.counted), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{serve: func(_ int, c *serverConn) { c.hello(tc.counted); _ = c.idle() }}
				r, stop := f.run(t, slackws.Config{})
				elapse(time.Minute)
				stop()
				last := r.lastState()
				require.Equal(t, tc.counted, last.Sockets)
				require.Equal(t, 1, last.Ours)
				if tc.noted {
					require.Contains(t, last.Message, "Slack counts 3 sockets of this app, 1 of them ours")
					require.Equal(t, zapcore.WarnLevel, r.logs.All()[r.logs.Len()-1].Level)
				} else {
					require.Equal(t, "Connected to Slack by Socket Mode", last.Message)
				}
			})
		})
	}
}

func TestOurOwnSocketsDuringOverlapAreExpected(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{serve: func(n int, c *serverConn) {
			c.hello(n)
			if n == 1 {
				c.disconnect("warning")
			}
			_ = c.idle()
		}}
		r, stop := f.run(t, slackws.Config{})
		elapse(time.Minute)
		stop()
		require.Equal(t, 2, r.lastState().Ours)
		require.Equal(t, "Connected to Slack by Socket Mode", r.lastState().Message)
	})
}

// TestErrorsShowNoSecret relies on stop, which looks at all that was said.
func TestErrorsShowNoSecret(t *testing.T) {
	token := "xapp-" + "1-A0123-456-deadbeef"
	for name, open := range map[string]func(context.Context) (string, error){
		"token in an error":   func(context.Context) (string, error) { return "", errors.New("bad " + token) },
		"address not a URL":   func(context.Context) (string, error) { return "ws://%zz/?ticket=" + ticket, nil },
		"address not a ws":    func(context.Context) (string, error) { return "gopher://x/?ticket=" + ticket, nil },
		"no server listens":   func(context.Context) (string, error) { return "wss://slack.test/?ticket=" + ticket, nil },
		"several lines":       func(context.Context) (string, error) { return "", errors.New("one\ntwo") },
		"address is a secret": func(context.Context) (string, error) { return token, nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSlack{}
				r, stop := f.run(t, slackws.Config{Open: open})
				elapse(time.Minute)
				stop()
				require.Equal(t, slackws.Waiting, r.lastState().Kind)
			})
		})
	}
}
