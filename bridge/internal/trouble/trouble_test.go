package trouble

import (
	"context"
	"encoding/json"
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
	// kept is what is kept over a restart, unless the disk is full.
	kept []Told
	full bool
	// owners have logins, and others is whose login each trouble is about.
	owners []string
	others map[string]string
	// stopped says that the process is killed when a notice has been sent.
	stopped bool
	sent    map[string]bool
	// restart begins a new process.
	restart func()
}

func newWorld(t *testing.T) *world {
	core, logged := observer.New(zapcore.InfoLevel)
	w := &world{t: t, logged: logged, told: map[string][]string{}, sent: map[string]bool{}, owners: []string{"ada", "ben"}, others: map[string]string{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	owner := func(id string) Owner {
		return Owner{ID: id, Tell: func(_ context.Context, key, text string) error {
			if w.closed {
				return errors.New("no space left on device")
			}
			if w.sent[key] { // the homeserver has it
				return nil
			}
			w.sent[key] = true
			w.told[id] = append(w.told[id], text)
			if w.stopped {
				w.full, w.closed = true, true
			}
			return nil
		}}
	}
	w.restart = func() {
		w.watch = New(Config{
			Look: func(context.Context) []Trouble { return w.wrong },
			Owners: func() (owners []Owner) {
				for _, id := range w.owners {
					owners = append(owners, owner(id))
				}
				return owners
			},
			Concerns: func(name, owner string) bool { return w.others[name] == "" || w.others[name] == owner },
			Keep: func(_ context.Context, told []Told) error {
				if w.full {
					return errors.New("database or disk is full")
				}
				text, err := json.Marshal(told)
				require.NoError(t, err)
				w.kept = nil
				return json.Unmarshal(text, &w.kept)
			},
			Kept: func(context.Context) ([]Told, error) { return w.kept, nil },
			Log:  zap.New(core),
		})
	}
	w.restart()
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
		"It is over (from 12:00 to 12:09 UTC): The disk is full.",
	}, w.told["ada"], "it came again before its end could be told")

	w.closed = true
	w.passes(2, full())
	w.passes(1)
	w.closed = false
	w.passes(1)
	require.Equal(t, "It is over (from 12:12 to 12:14 UTC): The disk is full.", w.told["ada"][2], "who was not told of its beginning is told of both at once")
	require.Len(t, w.told["ada"], 3)
}

// TestARestartTellsNoOneAgain: a trouble that goes on is in the new process's log, and its owners
// hear of its end alone. One that is over is over.
func TestARestartTellsNoOneAgain(t *testing.T) {
	w := newWorld(t)
	w.passes(2, full())
	w.lines()
	for range 3 {
		w.restart()
		w.passes(3, full())
		require.Equal(t, []string{"warn The disk is full; make room"}, w.lines())
		require.Len(t, w.told["ada"], 1)
	}
	w.restart()
	w.passes(2)
	require.Empty(t, w.lines())
	require.Equal(t, []string{"The disk is full. Make room.", "It is over (from 12:00 to 12:11 UTC): The disk is full."}, w.told["ada"])
	require.Equal(t, w.told["ada"], w.told["ben"])
	w.restart()
	w.passes(2)
	require.Len(t, w.told["ada"], 2)
	require.Empty(t, w.kept)
}

// TestAStopBetween: a notice was sent, and the process ended before it could note so.
func TestAStopBetween(t *testing.T) {
	w := newWorld(t)
	w.stopped = true
	w.passes(2, full())
	require.Len(t, w.told["ada"], 1)
	require.Len(t, w.kept, 1)
	w.restart()
	w.stopped, w.full, w.closed = false, false, false
	w.passes(3, full())
	require.Equal(t, []string{"The disk is full. Make room."}, w.told["ada"])
	require.Equal(t, w.told["ada"], w.told["ben"])
	require.False(t, w.kept[0].Unsent)
	w.passes(1)
	require.Len(t, w.told["ada"], 2)
}

// TestWhatCannotBeKept is kept when it can be: no notice waits for it.
func TestWhatCannotBeKept(t *testing.T) {
	w := newWorld(t)
	w.full = true
	w.passes(3, full())
	require.Len(t, w.told["ada"], 1)
	w.full = false
	w.passes(1, full())
	w.restart()
	w.passes(3, full())
	require.Len(t, w.told["ada"], 1)
}

// TestDoubt: what is not known begins nothing and ends nothing, as after a restart.
func TestDoubt(t *testing.T) {
	w := newWorld(t)
	doubtful := full()
	doubtful.Doubtful = true
	w.passes(3, doubtful)
	require.Empty(t, w.told)
	w.passes(2, full())
	require.Len(t, w.told["ada"], 1)
	w.passes(3, doubtful)
	w.restart()
	w.passes(3, doubtful)
	require.Len(t, w.told["ada"], 1)
	w.passes(1)
	require.Len(t, w.told["ada"], 2)
}

// TestWhomItConcerns: a trouble of one login is told to its owner, at once if who found it is
// sure.
func TestWhomItConcerns(t *testing.T) {
	w := newWorld(t)
	refused := Trouble{Name: "login T1", Line: "Slack refuses the login", Cure: "reinstall the app.", Owner: "ben", Logged: true, Sure: true}
	w.passes(1, refused)
	require.Equal(t, map[string][]string{"ben": {"Slack refuses the login. Reinstall the app."}}, w.told)
	w.passes(1)
	require.Len(t, w.told["ben"], 2)
	w.closed = true
	w.passes(1, refused)
	w.passes(1)
	w.closed = false
	w.passes(1)
	require.Empty(t, w.told["ada"])
	require.Len(t, w.told["ben"], 3)
}

// TestWhoseLoginIsGone is told nothing more, and what they were told is not kept: at once, and also
// when the login went while the bridge was down.
func TestWhoseLoginIsGone(t *testing.T) {
	w := newWorld(t)
	w.passes(2, full())
	require.Len(t, w.kept, 2)
	w.owners = []string{"ada"}
	w.passes(1, full())
	require.Len(t, w.kept, 1)
	require.Equal(t, "ada", w.kept[0].Who)
	w.owners = nil
	w.restart()
	w.passes(1, full())
	require.Empty(t, w.kept)
	w.passes(1)
	w.owners = []string{"ada", "ben"}
	w.passes(1)
	require.Len(t, w.told["ada"], 1)
	require.Len(t, w.told["ben"], 1)

	w.closed = true
	w.passes(2, full())
	w.passes(1)
	w.owners = []string{"ben"}
	w.passes(1)
	w.owners, w.closed = []string{"ada", "ben"}, false
	w.passes(1)
	require.Len(t, w.told["ada"], 1, "nor what they missed")
	require.Len(t, w.told["ben"], 2)
}

// TestALoginIsAnothers: its trouble goes with it, though its earlier owner has another login.
func TestALoginIsAnothers(t *testing.T) {
	for name, next := range map[string]string{"it has another owner": "ben", "it is logged out": "no one"} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			refused := Trouble{Name: "login T1", Line: "Slack refuses the login", Cure: "reinstall the app", Owner: "ada", Logged: true, Sure: true}
			w.others["login T1"] = "ada"
			w.passes(2, refused)
			require.Len(t, w.told["ada"], 1)
			w.others["login T1"] = next
			w.restart()
			var still []Trouble
			if refused.Owner = next; next == "ben" {
				still = append(still, refused)
			}
			w.passes(2, still...)
			require.Len(t, w.kept, len(still))
			require.Len(t, w.told["ben"], len(still))
			w.passes(1)
			require.Len(t, w.told["ada"], 1)
			require.Empty(t, w.kept)
		})
	}
	w := newWorld(t)
	refused := Trouble{Name: "login T1", Line: "Slack refuses the login", Cure: "reinstall the app", Owner: "ada", Logged: true, Sure: true}
	w.passes(1, refused)
	w.others["login T1"] = "no one"
	w.passes(2)
	require.Len(t, w.told["ada"], 1, "without a restart, too")
	w.closed, w.others = true, map[string]string{}
	w.passes(1, refused)
	w.others["login T1"] = "no one"
	w.passes(1)
	w.closed = false
	w.passes(1)
	require.Len(t, w.told["ada"], 1, "nor what they missed")
}

// TestForget: when it returns nothing is kept that names the person.
func TestForget(t *testing.T) {
	w := newWorld(t)
	w.passes(2, full())
	w.restart()
	w.owners, w.full = []string{"ben"}, true
	require.ErrorContains(t, w.watch.Forget(t.Context(), "ada"), "full")
	w.full = false
	require.NoError(t, w.watch.Forget(t.Context(), "ada"))
	require.Len(t, w.kept, 1)
	require.Equal(t, "ben", w.kept[0].Who)
	w.passes(2, full())
	require.Len(t, w.kept, 1)
	require.Len(t, w.told["ben"], 1)
}

// TestWhatWaitsIsBounded: a trouble that comes and goes fills no memory.
func TestWhatWaitsIsBounded(t *testing.T) {
	w := newWorld(t)
	w.closed = true
	for range 100 {
		w.passes(2, full())
		w.passes(1)
	}
	require.LessOrEqual(t, len(w.watch.notices.missed), 2*mostWaiting)
}

// full is a trouble.
func full() Trouble { return Trouble{Name: "disk", Line: "The disk is full", Cure: "make room"} }
