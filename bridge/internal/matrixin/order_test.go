package matrixin_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/matrixin"
)

// TestOneSlowRoomDelaysNoOther blocks the handler of one room: transactions are
// answered, another room's events pass, and the blocked room keeps its order.
func TestOneSlowRoomDelaysNoOther(t *testing.T) {
	f := start(t)
	release := make(chan struct{})
	seen := f.watch(func(_ context.Context, evt *event.Event) {
		if evt.RoomID == "!slow" {
			<-release
		}
	})
	for n := range 30 {
		f.put(message("slow", fmt.Sprintf("s%02d", n)), message("fast", fmt.Sprintf("f%02d", n)))
	}
	fast := seen.await(t, "fast", 30)
	require.IsIncreasing(t, fast)
	require.Equal(t, []string{"s00"}, seen.of("slow"), "one room handles one event at a time")
	require.Equal(t, 30, f.Stats().Waiting)

	close(release)
	slow := seen.await(t, "slow", 30)
	require.Len(t, slow, 30)
	require.IsIncreasing(t, slow)
}

// TestStateIsKnownBeforeItsTurn: a room's state events are handled in order
// with its messages, but that the room is encrypted is noted at once.
func TestStateIsKnownBeforeItsTurn(t *testing.T) {
	f := start(t)
	release := make(chan struct{})
	seen := f.watch(func(context.Context, *event.Event) { <-release })
	for _, kind := range []event.Type{event.StateEncryption, event.StateMember} {
		f.events.On(kind, func(_ context.Context, evt *event.Event) { seen.add("room " + evt.Type.Type) })
	}
	f.put(message("room", "one"),
		`{"type":"m.room.encryption","event_id":"$e","room_id":"!room","sender":"@ann:example.org","state_key":"","content":{"algorithm":"m.megolm.v1.aes-sha2","rotation_period_ms":"not a number"}}`,
		`{"type":"m.room.member","event_id":"$m","room_id":"!room","sender":"@ann:example.org","state_key":"@ann:example.org","content":{"membership":"join"}}`,
		message("room", "two"))
	seen.await(t, "room", 1)
	encrypted, err := f.as.StateStore.IsEncrypted(t.Context(), "!room")
	require.NoError(t, err)
	require.True(t, encrypted, "also when another field of the event cannot be decoded")
	require.True(t, f.as.StateStore.IsInRoom(t.Context(), "!room", "@ann:example.org"))
	require.Equal(t, []string{"one"}, seen.of("room"))

	close(release)
	require.Equal(t, []string{"one", "m.room.member", "two"}, seen.await(t, "room", 3))
}

// TestRetryKeepsOrder fails an event twice: what is behind it in its room
// waits, and each attempt is given the event as it came.
func TestRetryKeepsOrder(t *testing.T) {
	var failures atomic.Int32
	f := start(t, func(cfg *matrixin.Config) {
		cfg.Verdict = func(evt *event.Event) error {
			if evt.ID == "$room-b" && failures.Add(1) <= 2 {
				return errors.New("Slack did not answer")
			}
			return nil
		}
	})
	seen := f.watch(func(_ context.Context, evt *event.Event) { evt.Content.AsMessage().Body = "changed by a handler" })
	f.put(message("room", "a"), message("room", "b"), message("room", "c"))
	f.put(message("room", "d"))
	require.Equal(t, []string{"a", "b", "b", "b", "c", "d"}, seen.await(t, "room", 6))
	requireStats(t, f, func(s matrixin.Stats) bool {
		return s.Handled == 4 && s.Retries == 2 && s.Waiting == 0 && s.Retrying == 0
	})
	require.Contains(t, f.logs.String(), "Slack did not answer")
	require.Contains(t, f.logs.String(), "$room-b")
}

func TestVerdictJudgesTheObjectThatWasHandled(t *testing.T) {
	var handled, judged []*event.Event
	done := make(chan struct{})
	f := start(t, func(cfg *matrixin.Config) {
		cfg.Verdict = func(evt *event.Event) error {
			judged = append(judged, evt)
			if len(judged) < 3 {
				return errors.New("again")
			}
			close(done)
			return nil
		}
	})
	f.watch(func(_ context.Context, evt *event.Event) { handled = append(handled, evt) })
	f.put(message("room", "a"))
	await(t, done)
	require.Len(t, handled, 3)
	for n := range handled {
		require.Same(t, handled[n], judged[n])
	}
	require.NotSame(t, handled[0], handled[1])
}

func TestPermanentErrorEndsTheEventOnly(t *testing.T) {
	f := start(t, func(cfg *matrixin.Config) {
		cfg.Verdict = func(evt *event.Event) error {
			if evt.ID == "$room-a" {
				return fmt.Errorf("posting: %w", matrixin.Permanent(errors.New("the channel is archived")))
			}
			return nil
		}
	})
	seen := f.watch(nil)
	f.put(message("room", "a"), message("room", "b"))
	require.Equal(t, []string{"a", "b"}, seen.await(t, "room", 2))
	requireStats(t, f, func(s matrixin.Stats) bool { return s.GivenUp == 1 && s.Handled == 1 })
	require.Contains(t, f.logs.String(), "the channel is archived")
}

// TestGateHoldsOneRoom: the gate is asked before every attempt, holds only its
// own room, and its error means another try.
func TestGateHoldsOneRoom(t *testing.T) {
	open := make(chan struct{})
	var asked atomic.Int32
	f := start(t, func(cfg *matrixin.Config) {
		cfg.Gate = func(ctx context.Context, evt *event.Event) error {
			if evt.RoomID != "!limited" {
				return nil
			}
			if asked.Add(1) == 1 {
				return errors.New("the limiter is being set up")
			}
			select {
			case <-open:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	})
	seen := f.watch(nil)
	f.put(message("limited", "a"), message("free", "b"))
	require.Equal(t, []string{"b"}, seen.await(t, "free", 1))
	require.Empty(t, seen.of("limited"))
	close(open)
	require.Equal(t, []string{"a"}, seen.await(t, "limited", 1))
	require.EqualValues(t, 2, asked.Load())
}

// TestInterceptStandsInForTheFramework: what it handles does not reach the
// framework, in its place of the room's order, and is judged like anything else.
func TestInterceptStandsInForTheFramework(t *testing.T) {
	var seen *journey
	var judged atomic.Int32
	f := start(t, func(cfg *matrixin.Config) {
		cfg.Intercept = func(_ context.Context, evt *event.Event) bool {
			if evt.ID != "$room-b" {
				return false
			}
			seen.add("room intercepted")
			return true
		}
		cfg.Verdict = func(evt *event.Event) error {
			if evt.ID == "$room-b" && judged.Add(1) == 1 {
				return errors.New("not yet")
			}
			return nil
		}
	})
	seen = f.watch(nil)
	f.put(message("room", "a"), message("room", "b"), message("room", "c"))
	require.Equal(t, []string{"a", "intercepted", "intercepted", "c"}, seen.await(t, "room", 4))
}

func TestPanicsEndNoWorker(t *testing.T) {
	for name, change := range map[string]func(*matrixin.Config){
		"in a handler": func(*matrixin.Config) {},
		"in the gate": func(cfg *matrixin.Config) {
			cfg.Gate = func(_ context.Context, evt *event.Event) error { return panicAt(evt, "$room-bad") }
		},
		"in the verdict": func(cfg *matrixin.Config) {
			cfg.Verdict = func(evt *event.Event) error { return panicAt(evt, "$room-bad") }
		},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, change)
			// As the bridge sets it up: the framework logs the whole event when a handler panics.
			log, err := logging.New(logging.Config{Level: "debug", Format: "json"}, f.logs)
			require.NoError(t, err)
			f.as.Log = logging.Zerolog(log)
			inHandler := name == "in a handler"
			seen := f.watch(func(_ context.Context, evt *event.Event) {
				if inHandler {
					_ = panicAt(evt, "$room-bad")
				}
			})
			f.put(message("room", "bad"), message("room", "good"))
			requireStats(t, f, func(s matrixin.Stats) bool { return s.Waiting == 0 && s.Events == 2 })
			require.Contains(t, seen.of("room"), "good")
			require.Contains(t, f.logs.String(), "a bug of ours")
			require.NotContains(t, f.logs.String(), "m.text", "what people say is not for the log")
		})
	}
}

func panicAt(evt *event.Event, which id.EventID) error {
	if evt.ID == which {
		panic("a bug of ours")
	}
	return nil
}

// TestRetrySchedule measures the delays between attempts with the default
// settings, on a clock that does not wait.
func TestRetrySchedule(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		begun := time.Now()
		f := newFixture(t, func(cfg *matrixin.Config) {
			cfg.RetryFirst, cfg.RetryMax = 0, 0
			cfg.Verdict = func(*event.Event) error {
				at = append(at, time.Since(begun))
				switch len(at) {
				case 9:
					return fmt.Errorf("posting: %w", matrixin.RetryAfter(errors.New("ratelimited"), 7*time.Second))
				case 11:
					return nil
				}
				return errors.New("down")
			}
		})
		f.watch(nil)
		f.Ready()
		f.inject("1", transaction(message("room", "a")))
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		var waits []time.Duration
		for n := 1; n < len(at); n++ {
			waits = append(waits, at[n]-at[n-1])
		}
		s := time.Second
		require.Equal(t, []time.Duration{s, 2 * s, 4 * s, 8 * s, 16 * s, 32 * s, 60 * s, 60 * s, 7 * s, 60 * s}, waits)
	})
}

func TestSlowHandlerIsNamed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		f.watch(func(context.Context, *event.Event) { time.Sleep(31 * time.Second) })
		f.Ready()
		f.inject("1", transaction(message("room", "a")))
		time.Sleep(29 * time.Second)
		require.NotContains(t, f.logs.String(), "still being handled")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		require.Contains(t, f.logs.String(), "still being handled")
		require.Contains(t, f.logs.String(), "$room-a")
	})
}

// TestVerySlowHandlerIsNotOvertaken: the framework would by itself stop waiting
// for a handler after some minutes and let the room's next event go ahead.
func TestVerySlowHandlerIsNotOvertaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		seen := f.watch(func(context.Context, *event.Event) { time.Sleep(time.Hour) })
		f.Ready()
		f.inject("1", transaction(message("room", "a"), message("room", "b")))
		time.Sleep(time.Hour - time.Second)
		require.Equal(t, []string{"a"}, seen.of("room"))
		time.Sleep(2 * time.Second)
		require.Equal(t, []string{"a", "b"}, seen.of("room"))
		time.Sleep(time.Hour)
	})
}
