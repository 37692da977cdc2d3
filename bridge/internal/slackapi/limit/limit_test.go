package limit_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi/limit"
)

var rate = limit.Rate{Interval: time.Second, Burst: 3, Reserve: 1}

// route has one gate a method, and in front of it one a channel where a channel
// is given.
func route(method, channel string) []limit.Gate {
	if channel == "" {
		return []limit.Gate{{Name: method, Rate: rate}}
	}
	if method == "tight" {
		one := limit.Rate{Interval: time.Second, Burst: 1}
		return []limit.Gate{{Name: method + " " + channel, Rate: one}, {Name: method, Rate: one}}
	}
	wide := limit.Rate{Interval: 100 * time.Millisecond, Burst: 100}
	return []limit.Gate{{Name: method + " " + channel, Rate: rate}, {Name: method + " everywhere", Rate: wide}}
}

// fixture is a limiter inside a synctest bubble and the record of who got
// through when.
type fixture struct {
	*testing.T
	*limit.Limiter
	start time.Time
	group sync.WaitGroup
	mu    sync.Mutex
	seen  []string
}

func inBubble(t *testing.T, scale float64, test func(f *fixture)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		f := &fixture{T: t, Limiter: limit.New(scale, route), start: time.Now()}
		test(f)
		f.group.Wait()
	})
}

func (f *fixture) now() time.Duration { return time.Since(f.start) }

// elapse lets the bubble's clock run to the given time after the start.
func (f *fixture) elapse(until time.Duration) {
	<-time.After(until - f.now())
	synctest.Wait()
}

// call waits for a call and returns when it got through.
func (f *fixture) call(method, channel string, o limit.Options) time.Duration {
	f.Helper()
	_, err := f.Wait(f.Context(), method, channel, o)
	require.NoError(f, err)
	return f.now()
}

// spawn waits for a call in the background and notes its name when it got through.
func (f *fixture) spawn(name, method, channel string, lane limit.Lane) {
	f.group.Go(func() {
		_, err := f.Wait(f.Context(), method, channel, limit.Options{Lane: lane})
		f.mu.Lock()
		defer f.mu.Unlock()
		if err != nil {
			name += " " + err.Error()
		}
		f.seen = append(f.seen, fmt.Sprintf("%s %s", name, f.now()))
	})
	synctest.Wait()
}

func TestBurstThenRate(t *testing.T) {
	for name, tc := range map[string]struct {
		lane  limit.Lane
		scale float64
		unit  time.Duration
		want  []time.Duration
	}{
		"people use the whole burst":    {limit.People, 1, time.Second, []time.Duration{0, 0, 0, 1, 2, 3}},
		"background leaves the reserve": {limit.Background, 1, time.Second, []time.Duration{0, 0, 1, 2, 3, 4}},
		"scale shortens":                {limit.People, 0.01, 10 * time.Millisecond, []time.Duration{0, 0, 0, 1, 2, 3}},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, tc.scale, func(f *fixture) {
				f.elapse(time.Hour) // a long rest adds nothing beyond the burst
				for i, want := range tc.want {
					require.Equal(f, time.Hour+want*tc.unit, f.call("m", "", limit.Options{Lane: tc.lane}), "call %d", i)
				}
			})
		})
	}
}

func TestWaitSaysHowLong(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for _, want := range []time.Duration{0, 0, 0, time.Second} {
			waited, err := f.Wait(f.Context(), "m", "", limit.Options{})
			require.NoError(f, err)
			require.Equal(f, want, waited)
		}
	})
}

func TestMethodsAndChannelsAreApart(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for range 3 {
			f.call("post", "C1", limit.Options{})
			f.call("other", "", limit.Options{})
		}
		require.Zero(f, f.call("post", "C2", limit.Options{}), "another channel")
		require.Zero(f, f.call("read", "", limit.Options{}), "another method")
		require.Equal(f, time.Second, f.call("post", "C1", limit.Options{}), "the same channel")
	})
}

func TestAllGatesOfACallCount(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for i := range 100 {
			require.Zero(f, f.call("post", fmt.Sprint("C", i), limit.Options{}))
		}
		require.Equal(f, 100*time.Millisecond, f.call("post", "C100", limit.Options{}), "the gate of all channels")
	})
}

func TestPeopleFirstAndInOrder(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for range 3 {
			f.call("m", "", limit.Options{})
		}
		f.spawn("sync1", "m", "", limit.Background)
		f.spawn("sync2", "m", "", limit.Background)
		f.elapse(500 * time.Millisecond)
		f.spawn("ann", "m", "", limit.People)
		f.spawn("bob", "m", "", limit.People)
		f.group.Wait()
		require.Equal(f, []string{"ann 1s", "bob 2s", "sync1 4s", "sync2 5s"}, f.seen, "a reserve of one is refilled before background goes on")
	})
}

func TestCancelledWaiterLetsTheNextPass(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for range 3 {
			f.call("m", "", limit.Options{})
		}
		ctx, cancel := context.WithCancel(f.Context())
		failed := make(chan error, 1)
		f.group.Go(func() {
			_, err := f.Wait(ctx, "m", "", limit.Options{})
			failed <- err
		})
		synctest.Wait()
		f.spawn("next", "m", "", limit.People)
		cancel()
		require.ErrorIs(f, <-failed, context.Canceled)
		f.group.Wait()
		require.Equal(f, []string{"next 1s"}, f.seen, "the place of who gave up is not lost")

		_, err := f.Wait(ctx, "fresh", "", limit.Options{})
		require.ErrorIs(f, err, context.Canceled, "a dead context passes no open gate either")
	})
}

func TestPause(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		f.call("post", "C1", limit.Options{})
		require.Equal(f, 30*time.Second, f.Pause("post", "C1", 30*time.Second))
		require.Equal(f, 10*time.Second, f.Pause("post", "C1", 10*time.Second))
		require.Zero(f, f.call("post", "C2", limit.Options{}), "other channels go on")
		require.Equal(f, 30*time.Second, f.call("post", "C1", limit.Options{}), "a shorter pause does not end a longer one")
		require.Equal(f, 31*time.Second, f.call("post", "C1", limit.Options{}), "no burst after a pause")
	})
}

func TestPauseReachesThoseWhoWait(t *testing.T) {
	inBubble(t, 0.1, func(f *fixture) {
		for range 3 {
			f.call("m", "", limit.Options{})
		}
		f.spawn("ann", "m", "", limit.People)
		require.Equal(f, time.Second, f.Pause("m", "", 10*time.Second), "scaled")
		f.group.Wait()
		require.Equal(f, []string{"ann 1s"}, f.seen)
	})
}

func TestPatience(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		short := limit.Options{Patience: 1500 * time.Millisecond}
		for range 3 {
			f.call("m", "", short)
		}
		f.spawn("ann", "m", "", limit.People)
		_, err := f.Wait(f.Context(), "m", "", short)
		var busy *limit.Busy
		require.ErrorAs(f, err, &busy)
		require.Equal(f, 2*time.Second, busy.After, "one is ahead")
		require.Zero(f, f.now(), "told at once")
		f.elapse(time.Second)
		require.Equal(f, 2*time.Second, f.call("m", "", short))
	})
}

func TestPatienceIsForAllGatesTogether(t *testing.T) {
	for name, tc := range map[string]struct {
		patience time.Duration
		busy     bool
	}{
		"enough for both": {2 * time.Second, false},
		"used up halfway": {1500 * time.Millisecond, true},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, 1, func(f *fixture) {
				f.call("tight", "C1", limit.Options{})
				f.spawn("other", "tight", "C2", limit.People) // will have the wide gate at 1s
				_, err := f.Wait(f.Context(), "tight", "C1", limit.Options{Patience: tc.patience})
				var busy *limit.Busy
				require.Equal(f, tc.busy, errors.As(err, &busy), "%v", err)
			})
		})
	}
}

func TestReadyKeepsThePlace(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for range 3 {
			f.call("m", "", limit.Options{})
		}
		require.NoError(f, f.Ready(f.Context(), "m", "", limit.Options{}))
		require.Equal(f, time.Second, f.now())
		f.spawn("sync", "m", "", limit.Background)
		require.Equal(f, time.Second, f.call("m", "", limit.Options{}), "the place was kept")
		require.Equal(f, 2*time.Second, f.call("m", "", limit.Options{}), "and counted once")
		f.group.Wait()
	})
}

func TestReadyOfOneChannelDoesNotAddUp(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for range 20 {
			require.NoError(f, f.Ready(f.Context(), "post", "C1", limit.Options{}))
		}
		require.Zero(f, f.now())
		for _, want := range []time.Duration{0, 0, 0, time.Second} {
			require.Equal(f, want, f.call("post", "C1", limit.Options{}))
		}
	})
}

func TestReadyAndPause(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		require.NoError(f, f.Ready(f.Context(), "post", "C1", limit.Options{}))
		f.Pause("post", "C1", 5*time.Second)
		f.Pause("post", "C1", time.Second)
		require.Equal(f, 5*time.Second, f.call("post", "C1", limit.Options{}), "a kept place does not jump a pause")
		require.NoError(f, f.Ready(f.Context(), "post", "C1", limit.Options{}))
		f.Pause("post", "C1", 5*time.Second)
		require.NoError(f, f.Ready(f.Context(), "post", "C1", limit.Options{}))
		require.Equal(f, 10*time.Second, f.now(), "a place kept before the pause is still there after it")
	})
}

func TestForgottenPlaceRunsOut(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for range 3 {
			require.NoError(f, f.Ready(f.Context(), "m", "", limit.Options{}))
		}
		f.elapse(31 * time.Second)
		for _, want := range []time.Duration{0, 0, 0, 1, 2} {
			require.Equal(f, (31+want)*time.Second, f.call("m", "", limit.Options{}))
		}
	})
}

func TestManyChannelsAreForgotten(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		for i := range 3000 {
			f.call("post", fmt.Sprint("C", i), limit.Options{})
			f.elapse(f.now() + 10*time.Second)
		}
		require.Less(f, limit.GateCount(f.Limiter), 1100)
		for _, want := range []time.Duration{0, 0, 0, 1} {
			require.Equal(f, (30000+want)*time.Second, f.call("post", "C0", limit.Options{}))
		}
	})
}

// Whatever the order of calls, no minute may hold more than the rate allows.
func TestNeverMoreThanTheRate(t *testing.T) {
	inBubble(t, 1, func(f *fixture) {
		var calls []time.Duration
		for i := range 200 {
			if i%37 == 0 {
				f.elapse(f.now() + time.Duration(i%7)*time.Second)
			}
			calls = append(calls, f.call("m", "", limit.Options{Lane: limit.Lane(i % 2)}))
		}
		for i := range calls {
			inMinute := 0
			for _, c := range calls[i:] {
				if c-calls[i] < time.Minute {
					inMinute++
				}
			}
			require.LessOrEqual(f, inMinute, rate.Burst+60-1)
		}
	})
}
