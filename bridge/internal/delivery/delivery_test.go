package delivery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/id"
)

// home delivers every probe at once, and has one event in one room.
type home struct {
	mu    sync.Mutex
	watch *Watch
	since []time.Time // from when the room was read
	// broken is how often a second room, which is listed first, still cannot be read;
	// tries are when that was tried.
	broken int
	tries  []time.Time
	// unread is how often what was kept still cannot be read.
	unread int
	// probes counts them, nonces are theirs.
	probes int
	nonces []string
	// slow is how long the room takes to be read, unlisted that rooms are not listed, and
	// first that nothing was delivered yet.
	slow time.Duration
	// pages is how many pages of it come meanwhile, evenly.
	pages           int
	unlisted, first bool
	// refuses says that the bridge's token is not accepted.
	refuses bool
	// dead says that no request reaches it.
	dead bool
	// lost is how long a probe takes that does not arrive, if it is not given up.
	lost time.Duration
}

func (h *home) Probe(ctx context.Context, nonce string) error {
	h.mu.Lock()
	h.probes++
	refuses, dead := h.refuses, h.dead
	h.nonces = append(h.nonces, nonce)
	h.mu.Unlock()
	h.watch.Reached(!dead)
	if dead {
		return errors.New("connection refused")
	}
	if refuses {
		return fmt.Errorf("send the probe: %w", ErrRefused)
	}
	if h.lost > 0 {
		select {
		case <-ctx.Done():
		case <-time.After(h.lost):
		}
		return errors.New("the homeserver is slow")
	}
	h.watch.Transaction(nonce)
	return nil
}

func (h *home) Ping(context.Context) error { return nil }

func (h *home) Rooms(context.Context) ([]id.RoomID, error) {
	if h.unlisted {
		return nil, errors.New("the homeserver is slow")
	}
	return []id.RoomID{"!broken", "!room"}, nil
}

func (h *home) Since(_ context.Context, room id.RoomID, since time.Time, progress func()) ([]json.RawMessage, error) {
	if room == "!room" {
		for range h.pages {
			time.Sleep(h.slow / time.Duration(h.pages+1))
			progress()
		}
		time.Sleep(h.slow / time.Duration(h.pages+1))
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.watch.Reached(!h.dead)
	if h.dead {
		return nil, errors.New("connection refused")
	}
	if room == "!broken" {
		if h.tries = append(h.tries, time.Now()); len(h.tries) <= h.broken {
			return nil, errors.New("the homeserver is slow")
		}
		return nil, nil
	}
	h.since = append(h.since, since)
	return []json.RawMessage{json.RawMessage(`{}`)}, nil
}

// start runs a watch that kept a time over a restart, until its first proof is kept.
func start(t *testing.T, h *home, kept time.Time) State {
	ctx, cancel := context.WithCancel(t.Context())
	proven, ended := make(chan struct{}), make(chan struct{})
	var once sync.Once
	h.watch = New(Config{
		Homeserver: h,
		Put:        func(_ context.Context, events []json.RawMessage) (int, error) { return len(events), nil },
		Proven: func(context.Context, time.Time) error {
			once.Do(func() { close(proven) })
			return nil
		},
		Kept: func(context.Context) (time.Time, error) {
			if h.unread--; h.unread >= 0 {
				return time.Time{}, errors.New("the database is starting up")
			}
			return kept, nil
		},
	})
	go func() {
		defer close(ended)
		h.watch.Run(ctx)
	}()
	<-proven
	state := h.watch.State()
	cancel()
	<-ended
	return state
}

// TestRoomsAreReadAtTheStart has a homeserver that delivers, and that was killed with
// something to send while the bridge was away.
func TestRoomsAreReadAtTheStart(t *testing.T) {
	kept := time.Now().Add(-time.Hour)
	h := &home{}
	state := start(t, h, kept)
	require.Equal(t, []time.Time{kept.Add(-margin)}, h.since)
	require.Equal(t, 1, state.Recovered)
	require.True(t, state.Delivers)
}

// TestNothingIsReadAtTheFirstStart has a bridge to which nothing was ever delivered.
func TestNothingIsReadAtTheFirstStart(t *testing.T) {
	h := &home{}
	state := start(t, h, time.Time{})
	require.Empty(t, h.since)
	require.True(t, state.Delivers)
}

// TestARoomThatCannotBeReadHoldsUpNoOther has a room that fails twice: the room after it
// is read each time, and there is a pause before the next time.
func TestARoomThatCannotBeReadHoldsUpNoOther(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{broken: 2}
		start(t, h, time.Now().Add(-time.Hour))
		require.Len(t, h.tries, 3)
		require.Len(t, h.since, 3)
		require.Equal(t, 2*probeAgain, h.tries[2].Sub(h.tries[0]))
	})
}

// TestTransactionsWaitForTheRooms has a transaction come at the start, before its rooms
// are read: what was missed of them is stored before it. It does not wait for other rooms,
// nor forever, and the next one does not wait as long again.
func TestTransactionsWaitForTheRooms(t *testing.T) {
	for name, test := range map[string]struct {
		home *home
		room id.RoomID
		want time.Duration
	}{
		"its room is read soon":          {&home{slow: time.Second}, "!room", time.Second},
		"its room has many pages":        {&home{slow: 10 * time.Second, pages: 9}, "!room", 10 * time.Second},
		"its room has too many pages":    {&home{slow: time.Minute, pages: 59}, "!room", holdInAll},
		"its room is slow":               {&home{slow: time.Minute}, "!room", holdAtMost},
		"its room cannot be read":        {&home{broken: 1 << 30}, "!broken", holdAtMost},
		"another room is slow":           {&home{slow: time.Minute}, "!broken", 0},
		"no room of the bridge's":        {&home{slow: time.Minute}, "!management", 0},
		"the rooms cannot be listed":     {&home{unlisted: true}, "!room", holdAtMost},
		"nothing was ever delivered yet": {&home{first: true}, "!room", 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				stop := test.home.begin(t)
				synctest.Wait()
				for _, want := range []time.Duration{test.want, 0} {
					came := time.Now()
					test.home.watch.Await(t.Context(), []id.RoomID{test.room}, nil)
					require.Equal(t, want, time.Since(came))
				}
				stop()
			})
		})
	}
}

// TestRoomsAreReadAgainWhileATransactionWaits: a room could not be read, and the probe that
// follows takes long.
func TestRoomsAreReadAgainWhileATransactionWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{broken: 4, lost: time.Minute}
		stop := h.begin(t)
		time.Sleep(time.Second)
		came := time.Now()
		h.watch.Await(t.Context(), []id.RoomID{"!broken"}, nil)
		require.Equal(t, 3*readAgain, time.Since(came))
		stop()
	})
}

// TestAStandstillIsNoPatience: what was waited for stood still too.
func TestAStandstillIsNoPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{slow: 5 * time.Second}
		stop := h.begin(t)
		synctest.Wait()
		time.AfterFunc(time.Second, func() {
			h.watch.mu.Lock()
			defer h.watch.mu.Unlock()
			for _, at := range []*time.Time{&h.watch.due.ticked, &h.watch.due.until, &h.watch.due.limit} {
				*at = at.Add(-10 * time.Second) // as if the process had not run
			}
		})
		came := time.Now()
		h.watch.Await(t.Context(), []id.RoomID{"!room"}, nil)
		require.InDelta(t, holdAtMost, time.Since(came), float64(2*holdStep))
		stop()
	})
}

// TestTransactionsWaitAfterTheHomeserverWasAway has it restarted while the bridge runs.
func TestTransactionsWaitAfterTheHomeserverWasAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{slow: 2 * time.Second}
		stop := h.begin(t)
		time.Sleep(5 * time.Second)
		h.watch.Reached(false)
		h.watch.Reached(true)
		came := time.Now()
		h.watch.Await(t.Context(), []id.RoomID{"!room"}, nil)
		require.Equal(t, 2*time.Second, time.Since(came))

		h.watch.Reached(false)
		h.watch.Reached(true)
		end := make(chan struct{})
		close(end)
		came = time.Now()
		h.watch.Await(t.Context(), []id.RoomID{"!room"}, end)
		require.Zero(t, time.Since(came), "a stop waits for nothing")
		stop()
	})
}

// begin runs a watch of a bridge that was away for an hour.
func (h *home) begin(t *testing.T) (stop func()) {
	ctx, cancel := context.WithCancel(t.Context())
	h.watch = New(Config{
		Homeserver: h,
		Put:        func(_ context.Context, events []json.RawMessage) (int, error) { return len(events), nil },
		Proven:     func(context.Context, time.Time) error { return nil },
		Kept: func(context.Context) (time.Time, error) {
			if h.first {
				return time.Time{}, nil
			}
			return time.Now().Add(-time.Hour), nil
		},
	})
	var running sync.WaitGroup
	running.Go(func() { h.watch.Run(ctx) })
	return func() {
		cancel()
		running.Wait()
	}
}

// TestTheTokenIsNotAccepted: a request that is denied has a probe sent, which shows whether the
// homeserver still knows the bridge, and the next one whether it does again.
func TestTheTokenIsNotAccepted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{}
		stop := h.begin(t)
		time.Sleep(time.Hour + 30*time.Second)
		require.True(t, h.watch.State().Delivers)
		probes := h.probes
		h.watch.Denied()
		synctest.Wait()
		require.Equal(t, probes+1, h.probes, "a single request may be denied for another reason")
		require.False(t, h.watch.State().Refused)
		for range 10 {
			h.watch.Denied()
			synctest.Wait()
		}
		require.Equal(t, probes+1, h.probes, "not each is worth a probe")

		time.Sleep(30 * time.Second)
		h.mu.Lock()
		h.refuses = true
		h.mu.Unlock()
		h.watch.Denied()
		synctest.Wait()
		require.True(t, h.watch.State().Refused)
		require.False(t, h.watch.State().Delivers)
		h.mu.Lock()
		h.refuses = false
		h.mu.Unlock()
		time.Sleep(2 * probeAgain)
		require.False(t, h.watch.State().Refused)
		require.True(t, h.watch.State().Delivers)
		stop()
	})
}

// TestWhatIsKeptIsWaitedFor has the database fail when the bridge starts: what was missed
// is read all the same.
func TestWhatIsKeptIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		kept := time.Now().Add(-time.Hour)
		h := &home{unread: 2}
		start(t, h, kept)
		require.Equal(t, []time.Time{kept.Add(-margin)}, h.since)
	})
}

// TestAProofOfTheFuture was kept while the clock was ahead: it does not hide what was not
// delivered since.
func TestAProofOfTheFuture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &home{}
		now := time.Now()
		start(t, h, now.Add(2*time.Hour))
		require.Len(t, h.since, 1)
		require.Equal(t, now.Add(-clockWasWrong-margin), h.since[0])
	})
}

// TestScaleHasAnEnd has a scale that takes Slack's limits away: probes are not all that
// the bridge does then.
func TestScaleHasAnEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		h := &home{}
		h.watch = New(Config{
			Homeserver: h, Scale: 0.0001,
			Put:    func(context.Context, []json.RawMessage) (int, error) { return 0, nil },
			Proven: func(context.Context, time.Time) error { return nil },
			Kept:   func(context.Context) (time.Time, error) { return time.Time{}, nil },
		})
		var running sync.WaitGroup
		running.Go(func() { h.watch.Run(ctx) })
		time.Sleep(3 * time.Second)
		cancel()
		running.Wait()
		require.Greater(t, h.probes, 1)
		require.LessOrEqual(t, h.probes, 6)
	})
}
