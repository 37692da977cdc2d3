package trouble

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// world is what a watch sees and does.
type world struct {
	t      *testing.T
	watch  *Watch
	logged *observer.ObservedLogs
	wrong  []Trouble
	// closed says that notices cannot be sent; told is what each owner was told.
	closed bool
	told   map[string][]string
	now    time.Time
}

func newWorld(t *testing.T) *world {
	core, logged := observer.New(zapcore.InfoLevel)
	w := &world{t: t, logged: logged, told: map[string][]string{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	owner := func(id string) Owner {
		return Owner{ID: id, Tell: func(_ context.Context, text string) error {
			if w.closed {
				return errors.New("no space left on device")
			}
			w.told[id] = append(w.told[id], text)
			return nil
		}}
	}
	w.watch = New(Config{
		Look:   func(context.Context) []Trouble { return w.wrong },
		Owners: func() []Owner { return []Owner{owner("ada"), owner("ben")} },
		Log:    zap.New(core),
	})
	return w
}

// passes lets so many turns pass with what is wrong.
func (w *world) passes(turns int, wrong ...Trouble) {
	w.wrong = wrong
	for range turns {
		w.watch.turn(w.t.Context(), w.now)
		w.now = w.now.Add(time.Minute)
	}
}

// lines are what was logged since the last call.
func (w *world) lines() (lines []string) {
	for _, entry := range w.logged.TakeAll() {
		lines = append(lines, entry.Level.String()+" "+entry.Message)
	}
	return lines
}

func TestEachIsToldOnce(t *testing.T) {
	w := newWorld(t)
	w.passes(3)
	require.Empty(t, w.lines())
	w.passes(5, full())
	require.Equal(t, []string{"warn The disk is full; make room"}, w.lines())
	require.Equal(t, map[string][]string{"ada": {"The disk is full. Make room."}, "ben": {"The disk is full. Make room."}}, w.told)
	w.passes(5, full(), Trouble{Name: "delivery", Line: "The homeserver does not deliver", Cure: "restart it", Logged: true})
	require.Empty(t, w.lines())
	require.Len(t, w.told["ada"], 2)
	w.passes(5)
	require.Equal(t, []string{"info It is over: The disk is full"}, w.lines())
	require.Len(t, w.told["ada"], 4)
	require.Contains(t, w.told["ada"], "It is over (from 12:03 to 12:13 UTC): The disk is full.")
	w.passes(2, full())
	require.Len(t, w.told["ada"], 5, "another time is another trouble")
}

// TestAMomentIsNoTrouble: what is over at the next look is not told.
func TestAMomentIsNoTrouble(t *testing.T) {
	w := newWorld(t)
	for range 3 {
		w.passes(1, full())
		w.passes(1)
	}
	require.Empty(t, w.lines())
	require.Empty(t, w.told)
}

// TestWhatCannotBeSentIsSentAfterwards: the log says it at once.
func TestWhatCannotBeSentIsSentAfterwards(t *testing.T) {
	w := newWorld(t)
	w.closed = true
	w.passes(3, full())
	require.Equal(t, []string{"warn The disk is full; make room"}, w.lines())
	require.Empty(t, w.told)
	w.closed = false
	w.passes(3, full())
	require.Equal(t, []string{"The disk is full. Make room."}, w.told["ada"])

	w.closed = true
	w.passes(1)
	w.passes(2, full())
	w.passes(1)
	w.closed = false
	w.passes(2)
	require.Equal(t, []string{
		"The disk is full. Make room.",
		"It is over (from 12:00 to 12:06 UTC): The disk is full.",
		"It is over (from 12:07 to 12:09 UTC): The disk is full.",
	}, w.told["ada"], "who was not told of its beginning is told of both at once")
}

// TestWhatWaitsIsBounded: a trouble that comes and goes fills no memory.
func TestWhatWaitsIsBounded(t *testing.T) {
	w := newWorld(t)
	w.closed = true
	for range 100 {
		w.passes(2, full())
		w.passes(1)
	}
	require.LessOrEqual(t, len(w.watch.waiting["ada"]), mostWaiting)
}

// full is a trouble.
func full() Trouble { return Trouble{Name: "disk", Line: "The disk is full", Cure: "make room"} }
