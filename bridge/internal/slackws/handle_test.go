package slackws_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackws"
)

func TestAcknowledgedOnlyAfterHandle(t *testing.T) {
	t.Run("41 acknowledged only after it is stored", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var early, late []string
			f := &fakeSlack{serve: helloThen(func(c *serverConn) {
				c.event("e1")
				c.event("e2")
				c.event("e3")
				early = c.acks(59 * time.Second)
				late = c.acks(5 * time.Minute)
				_ = c.idle()
			})}
			_, stop := f.run(t, slackws.Config{Handle: alone(func(context.Context, slackevent.Envelope) error {
				elapse(time.Minute)
				return nil
			})})
			elapse(10 * time.Minute)
			stop()
			require.Empty(t, early)
			require.Equal(t, []string{"e1", "e2", "e3"}, late)
		})
	})
}

func TestAnErrorOfHandleIsNotAcknowledgedAndTheRedeliveryIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var first, second []string
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			c.event("e1")
			c.event("e2")
			first = c.acks(time.Minute)
			c.send(`{"envelope_id":"e1","type":"events_api","retry_attempt":1,"retry_reason":"timeout","payload":{}}`)
			second = c.acks(time.Minute)
			_ = c.idle()
		})}
		var attempts []int
		r, stop := f.run(t, slackws.Config{Handle: alone(func(_ context.Context, env slackevent.Envelope) error {
			if env.ID == "e1" {
				attempts = append(attempts, env.RetryAttempt)
			}
			if env.ID == "e1" && env.RetryAttempt == 0 {
				return errors.New("the database is away")
			}
			return nil
		})})
		elapse(5 * time.Minute)
		stop()
		require.Equal(t, []string{"e2"}, first)
		require.Equal(t, []string{"e1"}, second)
		require.Equal(t, []int{0, 1}, attempts)
		require.Equal(t, int64(1), r.session.Stats().Unhandled)
		require.Len(t, r.logs.FilterField(zapID("e1")).All(), 1, "said once")
	})
}

func TestEveryTypeIsHandedOverAndAcknowledged(t *testing.T) {
	t.Run("1 every type of envelope is acknowledged", func(t *testing.T) {
		frames := map[string]string{
			"events_api":        `{"envelope_id":"id","type":"events_api","payload":{"type":"event_callback","event":{"type":"message"}}}`,
			"interactive":       `{"envelope_id":"id","type":"interactive","accepts_response_payload":true,"payload":{"type":"block_actions"}}`,
			"slash command":     `{"envelope_id":"id","type":"slash_commands","accepts_response_payload":true,"payload":{"command":"/matrix"}}`,
			"an unheard-of one": `{"envelope_id":"id","type":"telepathy","payload":{"thought":1}}`,
			"no payload":        `{"envelope_id":"id","type":"events_api"}`,
			"odd payload":       `{"envelope_id":"id","type":"events_api","payload":[1,2]}`,
			"odd counters":      `{"envelope_id":"id","type":"events_api","retry_attempt":"many","payload":{}}`,
			"a large one":       `{"envelope_id":"id","type":"events_api","payload":{"text":"` + strings.Repeat("x", 4<<20) + `"}}`,
		}
		for name, frame := range frames {
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var acks []string
					f := &fakeSlack{serve: helloThen(func(c *serverConn) {
						c.send("%s", frame)
						acks = c.acks(time.Minute)
						_ = c.idle()
					})}
					r, stop := f.run(t, slackws.Config{})
					elapse(2 * time.Minute)
					stop()
					require.Equal(t, []string{"id"}, r.handledIDs())
					require.Equal(t, []string{"id"}, acks)
				})
			})
		}
	})
}

func TestAFrameThatCannotBeReadIsCountedAndHarmsNothing(t *testing.T) {
	for name, frame := range map[string]string{
		"cut short":  `{"envelope_id":"broken","type":"events_api","payload":{"type":"event_ca`,
		"not JSON":   `hello?`,
		"a list":     `[]`,
		"null":       `null`,
		"no type":    `{"envelope_id":"broken","payload":{}}`,
		"empty":      ``,
		"id of list": `{"envelope_id":["broken"],"type":"events_api","payload":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var acks []string
				f := &fakeSlack{serve: helloThen(func(c *serverConn) {
					_ = c.Write(c.ctx, websocket.MessageText, []byte(frame))
					_ = c.Write(c.ctx, websocket.MessageBinary, []byte{0, 1, 0xff})
					c.event("good")
					acks = c.acks(time.Minute)
					_ = c.idle()
				})}
				r, stop := f.run(t, slackws.Config{})
				elapse(2 * time.Minute)
				stop()
				require.Equal(t, []string{"good"}, r.handledIDs())
				require.Equal(t, []string{"good"}, acks)
				require.Equal(t, int64(2), r.session.Stats().Unreadable)
				require.Equal(t, 2, r.logs.FilterMessageSnippet("nothing to do unless it keeps happening").Len(), "each is said in a line, with the cure")
				require.Len(t, f.openedAt(), 1, "the connection stays")
			})
		})
	}
}

func TestTheIDOfABrokenFrameIsSaid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			c.send(`{"envelope_id":"broken","type":"events_api","payload":{`)
			_ = c.idle()
		})}
		r, stop := f.run(t, slackws.Config{})
		elapse(time.Minute)
		stop()
		require.Len(t, r.logs.FilterField(zapID("broken")).All(), 1)
	})
}

func TestASlowHandleStallsNoPings(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var pings, pongs int
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			for i := range 20 {
				c.event(fmt.Sprint("e", i))
			}
			for range 60 { // one ping each 5 s for 5 minutes
				c.wait(5 * time.Second)
				pings++
				if c.Ping(c.ctx) == nil {
					pongs++
				}
			}
			_ = c.idle()
		})}
		r, stop := f.run(t, slackws.Config{Handle: alone(func(ctx context.Context, _ slackevent.Envelope) error {
			<-ctx.Done() // the database hangs for good
			return ctx.Err()
		})})
		elapse(10 * time.Minute)
		stop()
		require.Equal(t, 60, pings)
		require.Equal(t, 60, pongs)
		require.Equal(t, []string{"connecting start", "connected hello"}, r.told())
	})
}

func TestAnEndlessBacklogIsBounded(t *testing.T) {
	const sent = 6000
	synctest.Test(t, func(t *testing.T) {
		var acked atomic.Int64
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			for i := range sent {
				c.event(fmt.Sprint("e", i))
			}
			for c.ack() != "" {
				acked.Add(1)
			}
		})}
		release := make(chan struct{})
		r, stop := f.run(t, slackws.Config{Handle: alone(func(context.Context, slackevent.Envelope) error {
			<-release
			return nil
		})})
		elapse(time.Minute)
		dropped := r.session.Stats().Dropped
		close(release)
		elapse(time.Minute)
		stop()
		require.Positive(t, dropped)
		require.Less(t, dropped, int64(sent/2))
		require.Equal(t, sent-dropped, acked.Load(), "all that was kept is acknowledged")
		require.Len(t, r.logs.FilterMessageSnippet("dropped unacknowledged").All(), 1, "said once")
	})
}

func TestStoredButItsSocketIsGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var onSecond []string
		f := &fakeSlack{serve: func(n int, c *serverConn) {
			c.hello(1)
			if n == 1 {
				c.event("e1")
				c.wait(time.Second)
				_ = c.CloseNow()
				return
			}
			onSecond = c.acks(time.Minute)
			c.send(`{"envelope_id":"e1","type":"events_api","retry_attempt":1,"payload":{}}`)
			onSecond = append(onSecond, "then")
			onSecond = append(onSecond, c.acks(time.Minute)...)
			_ = c.idle()
		}}
		r, stop := f.run(t, slackws.Config{Handle: alone(func(context.Context, slackevent.Envelope) error {
			elapse(10 * time.Second)
			return nil
		})})
		elapse(5 * time.Minute)
		stop()
		require.Equal(t, []string{"then", "e1"}, onSecond, "no acknowledgement on another socket")
		require.Equal(t, int64(1), r.session.Stats().Unacked)
	})
}

// TestBatches: what comes while one batch is being stored is the next, in order, and
// acknowledged when it is stored.
func TestBatches(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var early, late []string
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			for i := range 600 {
				c.event(fmt.Sprint("e", i))
			}
			early = c.acks(30 * time.Second)
			for len(late) < 600 {
				late = append(late, c.ack())
			}
			_ = c.idle()
		})}
		var sizes []int
		r, stop := f.run(t, slackws.Config{Handle: func(ctx context.Context, envelopes []slackevent.Envelope) error {
			elapse(time.Minute)
			sizes = append(sizes, len(envelopes))
			return f.seen.handle(ctx, envelopes)
		}})
		elapse(time.Hour)
		stop()
		require.Empty(t, early)
		var want []string
		for i := range 600 {
			want = append(want, fmt.Sprint("e", i))
		}
		require.Equal(t, want, late)
		require.Equal(t, want, r.handledIDs())
		require.Less(t, len(sizes), 6)
		require.LessOrEqual(t, slices.Max(sizes), 256)
	})
}

// TestABatchThatFailsIsHandedOverOneByOne: only what cannot be stored is left
// unacknowledged, and order is kept.
func TestABatchThatFailsIsHandedOverOneByOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var acks []string
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			for i := range 10 {
				c.event(fmt.Sprint("e", i))
			}
			acks = c.acks(time.Minute)
			_ = c.idle()
		})}
		r, stop := f.run(t, slackws.Config{Handle: func(ctx context.Context, envelopes []slackevent.Envelope) error {
			elapse(time.Second)
			for _, env := range envelopes {
				if env.ID == "e3" || env.ID == "e7" {
					return errors.New("no database takes it")
				}
			}
			return f.seen.handle(ctx, envelopes)
		}})
		elapse(5 * time.Minute)
		stop()
		want := []string{"e0", "e1", "e2", "e4", "e5", "e6", "e8", "e9"}
		require.Equal(t, want, acks)
		require.Equal(t, want, r.handledIDs())
		require.EqualValues(t, 2, r.session.Stats().Unhandled)
	})
}

// TestADatabaseThatIsAwayIsNotAskedForEach: each try may take as long as a commit.
func TestADatabaseThatIsAwayIsNotAskedForEach(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var acks []string
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			for i := range 201 {
				c.event(fmt.Sprint("e", i))
			}
			acks = c.acks(10 * time.Minute)
			_ = c.idle()
		})}
		calls := 0
		r, stop := f.run(t, slackws.Config{Handle: func(context.Context, []slackevent.Envelope) error {
			calls++
			elapse(30 * time.Second)
			return errors.New("the database does not answer")
		}})
		elapse(10 * time.Minute)
		stop()
		require.Empty(t, acks)
		require.LessOrEqual(t, calls, 10, "some together, and three of those alone")
		require.EqualValues(t, 201, r.session.Stats().Unhandled)
	})
}

// TestStoppingBlamesNoEnvelope: what is left at the end is not reported as a fault.
func TestStoppingBlamesNoEnvelope(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSlack{serve: helloThen(func(c *serverConn) {
			for i := range 50 {
				c.event(fmt.Sprint("e", i))
			}
			_ = c.idle()
		})}
		r, stop := f.run(t, slackws.Config{Handle: func(ctx context.Context, _ []slackevent.Envelope) error {
			<-ctx.Done()
			return ctx.Err()
		}})
		elapse(10 * time.Second)
		stop()
		require.Zero(t, r.session.Stats().Unhandled)
		require.Empty(t, r.logs.FilterMessageSnippet("not stored").All())
	})
}
