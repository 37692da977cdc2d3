package matrixin_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixin"
)

// drainIn drains with a deadline and returns Drain's error.
func (f *fixture) drainIn(limit time.Duration) error {
	f.t.Helper()
	ctx, cancel := context.WithTimeout(f.t.Context(), limit)
	defer cancel()
	return f.Drain(ctx)
}

// TestDrainLosesNothing stops a server that was given more than it could do:
// whatever was answered 200 is handled, whatever was not is refused.
func TestDrainLosesNothing(t *testing.T) {
	f := start(t)
	gate := make(chan struct{})
	seen := f.watch(func(context.Context, *event.Event) { <-gate })
	const rooms, each = 10, 20
	for n := range each {
		for room := range rooms {
			f.put(message(fmt.Sprint("r", room), fmt.Sprintf("m%02d", n)))
		}
	}
	drained := make(chan error, 1)
	go func() { drained <- f.drainIn(soon) }()
	require.True(t, eventually(f.drained))

	status, answer := f.putBody("late", transaction(message("r0", "late")))
	require.Equal(t, http.StatusServiceUnavailable, status)
	require.Equal(t, "M_UNKNOWN", errcode(t, answer))
	status, _ = f.do(http.MethodPost, "/_matrix/app/v1/ping", hsToken, `{}`)
	require.Equal(t, http.StatusOK, status, "the rest is still served")

	close(gate)
	require.NoError(t, await(t, drained))
	for room := range rooms {
		got := seen.of(fmt.Sprint("r", room))
		require.Len(t, got, each)
		require.IsIncreasing(t, got)
	}
	_, err := net.Dial("tcp", f.Addr().String())
	require.Error(t, err, "the listener is closed")
}

// TestDrainRacesWithTransactions: each transaction that comes while the server
// stops is either answered 200 and handled, or refused and not handled.
func TestDrainRacesWithTransactions(t *testing.T) {
	f := start(t)
	seen := f.watch(nil)
	var next atomic.Int32
	accepted := make(chan []string, 4)
	for range 4 {
		go func() {
			var own []string
			for {
				body := fmt.Sprint("m", next.Add(1))
				if f.inject(body, transaction(message("room", body))).Code != http.StatusOK {
					accepted <- own
					return
				}
				own = append(own, body)
			}
		}()
	}
	seen.await(t, "room", 200)
	require.NoError(t, f.drainIn(soon))
	var all []string
	for range 4 {
		all = append(all, await(t, accepted)...)
	}
	require.ElementsMatch(t, all, seen.of("room"))
}

// slowStore holds the noting of members until it is released.
type slowStore struct {
	appservice.StateStore
	noting, release chan struct{}
}

func (s slowStore) SetMember(ctx context.Context, room id.RoomID, user id.UserID, member *event.MemberEventContent) error {
	close(s.noting)
	<-s.release
	return s.StateStore.SetMember(ctx, room, user, member)
}

// TestDrainWaitsForATransactionThatIsBeingTaken stops the server in the middle
// of a transaction: it is taken whole, answered and handled.
func TestDrainWaitsForATransactionThatIsBeingTaken(t *testing.T) {
	f := start(t)
	store := slowStore{f.as.StateStore, make(chan struct{}), make(chan struct{})}
	f.as.StateStore = store
	seen := f.watch(nil)
	answered := make(chan int, 1)
	go func() {
		answered <- f.inject("1", transaction(message("room", "a"),
			`{"type":"m.room.member","event_id":"$m","room_id":"!room","state_key":"@ann:example.org","content":{"membership":"join"}}`)).Code
	}()
	await(t, store.noting)
	drained := make(chan error, 1)
	go func() { drained <- f.drainIn(soon) }()
	select {
	case err := <-drained:
		require.FailNow(t, "Drain did not wait", "%v", err)
	case <-time.After(50 * time.Millisecond):
	}
	close(store.release)
	require.NoError(t, await(t, drained))
	require.Equal(t, http.StatusOK, await(t, answered))
	require.Equal(t, []string{"a"}, seen.of("room"))
}

// TestDrainNamesWhatIsLeft: one room's handler hangs, another's event is about
// to be repeated much later, a third is done.
func TestDrainNamesWhatIsLeft(t *testing.T) {
	f := start(t, func(cfg *matrixin.Config) {
		cfg.Verdict = func(evt *event.Event) error {
			switch evt.RoomID {
			case "!hangs":
				return errors.New("cancelled")
			case "!limited":
				return matrixin.RetryAfter(errors.New("ratelimited"), time.Hour)
			}
			return nil
		}
	})
	seen := f.watch(func(ctx context.Context, evt *event.Event) {
		if evt.RoomID == "!hangs" {
			<-ctx.Done()
		}
	})
	f.put(message("hangs", "h1"), message("hangs", "h2"), message("limited", "l1"), message("fine", "f1"))
	seen.await(t, "fine", 1)
	seen.await(t, "limited", 1)
	seen.await(t, "hangs", 1)

	err := f.drainIn(20 * time.Millisecond)
	var left *matrixin.LeftError
	require.ErrorAs(t, err, &left)
	require.Equal(t, []matrixin.Left{
		{EventID: "$hangs-h1", RoomID: "!hangs", Type: "m.room.message"},
		{EventID: "$hangs-h2", RoomID: "!hangs", Type: "m.room.message"},
		{EventID: "$limited-l1", RoomID: "!limited", Type: "m.room.message"},
	}, left.Left)
	require.ErrorContains(t, err, "3 events from Matrix were taken and not bridged")
	require.ErrorContains(t, err, "$hangs-h2 in !hangs")
	require.Equal(t, []string{"l1"}, seen.of("limited"), "a time that the far side named is kept")
}

func TestLeftErrorStaysShort(t *testing.T) {
	err := &matrixin.LeftError{Left: make([]matrixin.Left, 500)}
	require.Contains(t, err.Error(), "500 events")
	require.Contains(t, err.Error(), "and 480 more")
	require.Less(t, len(err.Error()), 1000)
}

// TestDrainTriesOnceMore: an event that waits for its next attempt gets it when
// the server stops.
func TestDrainTriesOnceMore(t *testing.T) {
	var attempts atomic.Int32
	f := start(t, func(cfg *matrixin.Config) {
		cfg.RetryFirst, cfg.RetryMax = time.Hour, time.Hour
		cfg.Verdict = func(*event.Event) error {
			if attempts.Add(1) == 1 {
				return errors.New("down")
			}
			return nil
		}
	})
	f.watch(nil)
	f.put(message("room", "a"))
	requireStats(t, f, func(s matrixin.Stats) bool { return s.Retrying == 1 })
	require.NoError(t, f.drainIn(soon))
	require.EqualValues(t, 2, attempts.Load())
}

// TestDrainTriesOnlyOnceMore: the stop is no reason to ask without a pause.
func TestDrainTriesOnlyOnceMore(t *testing.T) {
	var attempts atomic.Int32
	f := start(t, func(cfg *matrixin.Config) {
		cfg.RetryFirst, cfg.RetryMax = time.Hour, time.Hour
		cfg.Verdict = func(*event.Event) error {
			attempts.Add(1)
			return errors.New("down")
		}
	})
	f.watch(nil)
	f.put(message("room", "a"))
	requireStats(t, f, func(s matrixin.Stats) bool { return s.Retrying == 1 })
	var left *matrixin.LeftError
	require.ErrorAs(t, f.drainIn(100*time.Millisecond), &left)
	require.EqualValues(t, 2, attempts.Load())
}

// TestDrainLeavesADeafHandlerBehind: a handler that does not look at its
// context does not keep the bridge from stopping.
func TestDrainLeavesADeafHandlerBehind(t *testing.T) {
	f := start(t)
	release := make(chan struct{})
	seen := f.watch(func(context.Context, *event.Event) { <-release })
	f.put(message("room", "a"))
	seen.await(t, "room", 1)
	begun := time.Now()
	var left *matrixin.LeftError
	require.ErrorAs(t, f.drainIn(10*time.Millisecond), &left)
	require.Len(t, left.Left, 1)
	require.Less(t, time.Since(begun), soon/2)
	require.Contains(t, f.logs.String(), "although they were cancelled")
	close(release)
}

// TestDrainWhileStarting: a transaction that is held is refused at once.
func TestDrainWhileStarting(t *testing.T) {
	f := newFixture(t)
	f.listen()
	answered := make(chan int, 1)
	go func() { answered <- f.inject("1", transaction(message("room", "a"))).Code }()
	require.NoError(t, f.drainIn(soon))
	require.Equal(t, http.StatusServiceUnavailable, await(t, answered))
}

func TestDrainWithoutListener(t *testing.T) {
	f := newFixture(t)
	require.NoError(t, f.drainIn(soon))
}
