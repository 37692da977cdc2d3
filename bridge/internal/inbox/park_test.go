package inbox_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// named makes a row that others can be about.
func named(lane, key string) inbox.Row {
	r := row(lane, key)
	r.Self = "$" + key
	return r
}

// about makes a row about another, such as an edit, which others can be about as well.
func about(lane, key, of string) inbox.Row {
	r := named(lane, key)
	r.About = "$" + of
	return r
}

// teller records which rows it reports.
type teller struct {
	mu   sync.Mutex
	rows []inbox.Parked
	err  error
}

func (t *teller) tell(_ context.Context, row inbox.Parked) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.err != nil {
		return t.err
	}
	t.rows = append(t.rows, row)
	return nil
}

func (t *teller) keys() (keys []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, row := range t.rows {
		keys = append(keys, row.Key)
	}
	return keys
}

func TestParkedAfterThreeTries(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h, told := &handler{}, &teller{}
		h.fails("hard", errHard)
		h.fails("hopeless", fmt.Errorf("post: %w", inbox.Park(errors.New("the channel is gone"))))
		h.on("mixed", func(_ context.Context, a *inbox.Attempt) error {
			if a.Try%2 == 1 {
				return errPasses // does not count
			}
			return errHard
		})
		h.on("panics", func(context.Context, *inbox.Attempt) error { panic("at the disco") })
		for n, key := range []string{"hard", "hopeless", "mixed", "panics"} {
			b.put(row(fmt.Sprint(n), key), row(fmt.Sprint(n), "behind "+key))
		}
		stop := b.run("matrix", h, inbox.Policy{Parked: told.tell})
		pass(10 * time.Minute)
		for key, tries := range map[string]int{"hard": inbox.MaxTries, "hopeless": 1, "mixed": 2 * inbox.MaxTries, "panics": inbox.MaxTries} {
			require.Equal(t, tries, h.tried(key), key)
			require.Contains(t, h.handled(), "behind "+key, "a parked row does not hold its lane")
		}
		require.ElementsMatch(t, []string{"hard", "hopeless", "mixed", "panics"}, told.keys(), "once each")
		require.Equal(t, "hopeless", told.rows[0].Key)
		require.Equal(t, "post: the channel is gone", told.rows[0].Reason)
		require.Equal(t, "payload of hopeless", string(told.rows[0].Payload))
		require.EqualValues(t, 4, b.Stats().Parked)
		require.Zero(t, b.Waiting("matrix"))
		backlog, err := b.Backlog(t.Context())
		require.NoError(t, err)
		require.Equal(t, map[string]inbox.Backlog{"matrix": {Parked: 4}}, backlog)
		require.Zero(t, b.Stats().Lanes, "nothing is about them, so nothing is kept of them")
		stop()
		b.close()
	})
}

// TestRowsAboutAParkedRow park with it and go on with it, in order, also after a
// restart.
func TestRowsAboutAParkedRow(t *testing.T) {
	for _, restart := range []bool{false, true} {
		t.Run(fmt.Sprint("restart ", restart), func(t *testing.T) {
			timed(t, func(t *testing.T, at database) {
				b := at.box(t)
				h, told := &handler{}, &teller{}
				h.fails("message", errHard)
				b.put(named("C1", "message"), about("C1", "edit", "message"), named("C1", "between"), about("C1", "reaction to the edit", "edit"),
					about("C1", "reply", "message"), about("C2", "in another lane", "message"))
				stop := b.run("matrix", h, inbox.Policy{Parked: told.tell})
				pass(time.Minute)
				again := func() {
					if restart {
						stop()
						b.close()
						b = at.box(t)
						stop = b.run("matrix", h, inbox.Policy{Parked: told.tell})
					}
				}
				again()
				b.put(about("C1", "deletion", "message"), row("C1", "after"))
				settle()
				require.ElementsMatch(t, []string{"in another lane", "between", "after"}, h.handled())
				require.Equal(t, []string{"message"}, told.keys(), "what parks with it needs no word")
				all, err := b.List(t.Context())
				require.NoError(t, err)
				require.Len(t, all, 5)
				for _, row := range all[1:] {
					require.Equal(t, all[0].ID, row.With, row.Key)
				}
				again()

				h.succeeds("message")
				n, err := b.Retry(t.Context(), b.id("edit"))
				require.NoError(t, err)
				require.Equal(t, 5, n, "asked for one that is parked with another, they all go on")
				pass(time.Minute)
				require.Equal(t, []string{"message", "edit", "reaction to the edit", "reply", "deletion"}, h.handled()[3:])
				require.Empty(t, b.list())
				require.Zero(t, b.Stats().Lanes)
				stop()
				b.close()
			})
		})
	}
}

// TestParkedAgain: what was taken up and fails again is parked and reported again, with
// those about it.
func TestParkedAgain(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h, told := &handler{}, &teller{}
		h.fails("message", inbox.Park(errHard))
		b.put(named("C1", "message"), about("C1", "edit", "message"))
		stop := b.run("matrix", h, inbox.Policy{Parked: told.tell})
		settle()
		time.Sleep(time.Second) // a second parking is another moment
		_, err := b.Retry(t.Context(), b.id("message"))
		require.NoError(t, err)
		settle()
		require.Equal(t, []string{"(message)", "(edit)"}, b.list())
		require.Equal(t, []string{"message", "message"}, told.keys())
		require.Empty(t, h.handled())
		stop()
		b.close()
	})
}

// TestParkedWithProgress: what a row keeps when it is parked is there when a person has it tried again,
// and not before, also when the commit of the park fails.
func TestParkedWithProgress(t *testing.T) {
	disk := &disk{}
	b := boxOn(t, disk.open(t), nil)
	h := &handler{}
	var tries []string
	h.on("question", func(_ context.Context, a *inbox.Attempt) error {
		if tries = append(tries, string(a.Progress)); len(a.Progress) > 0 {
			return nil
		}
		disk.full.Store(len(tries) == 1)
		return inbox.ParkKeeping(errors.New("shall I?"), []byte("asked"))
	})
	b.put(row("C1", "question"))
	b.run("matrix", h, inbox.Policy{})
	require.Eventually(t, func() bool { return b.Waiting("matrix") == 0 }, time.Minute, time.Millisecond)
	require.Equal(t, []string{"", ""}, tries, "the first park was not stored")
	_, err := b.Retry(t.Context(), b.id("question"))
	require.NoError(t, err)
	b.idle("matrix")
	require.Equal(t, []string{"", "", "asked"}, tries)
}

// TestReportedOnce, also when the report failed, or the process died in between.
func TestReportedOnce(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h, told := &handler{}, &teller{}
		told.err = errors.New("the room is away")
		for n := range 100 { // more than a page
			key := fmt.Sprintf("%03d", n)
			h.fails(key, inbox.Park(errHard))
			b.put(row("C1", key))
		}
		stop := b.run("matrix", h, inbox.Policy{Parked: told.tell})
		pass(time.Minute)
		require.Len(t, b.list(), 100)
		stop()
		b.close()

		told.err = nil
		b = at.box(t)
		first := true
		stop = b.run("matrix", h, inbox.Policy{Parked: func(ctx context.Context, row inbox.Parked) error {
			if row.Key == "000" && first {
				first = false
				return errors.New("not this one")
			}
			return told.tell(ctx, row)
		}})
		settle()
		require.Len(t, told.keys(), 99, "one that cannot be reported does not hold up the others")
		pass(time.Minute)
		require.Len(t, told.keys(), 100)
		require.Equal(t, "000", told.keys()[99])
		stop()
		b.close()

		b = at.box(t)
		stop = b.run("matrix", h, inbox.Policy{Parked: told.tell})
		pass(time.Hour)
		require.Len(t, told.keys(), 100)
		stop()
		b.close()
	})
}

// TestParkedRowStaysUnsure: its tries may have had their effect. What was never tried
// has none.
func TestParkedRowStaysUnsure(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("before", inbox.Park(errHard))
		h.fails("message", inbox.Park(errHard))
		b.put(row("C1", "before"), named("C1", "message"), about("C1", "edit", "message"), row("C1", "last"))
		stop := b.run("matrix", h, inbox.Policy{})
		settle()
		stop()
		b.put(row("C1", "new"))
		for _, key := range []string{"before", "message"} {
			_, err := b.Retry(t.Context(), b.id(key))
			require.NoError(t, err)
		}
		b.close()

		b = at.box(t)
		unsure := map[string]bool{}
		for _, key := range []string{"before", "message", "edit", "new"} {
			h.on(key, func(_ context.Context, a *inbox.Attempt) error {
				unsure[key] = a.Unsure
				a.Sure()
				return nil
			})
		}
		stop = b.run("matrix", h, inbox.Policy{})
		settle()
		require.Equal(t, map[string]bool{"before": true, "message": true, "edit": false, "new": false}, unsure)
		stop()
		b.close()
	})
}

// TestTakenUpWhileAnotherIsTried: the row that is tried keeps what is known of it.
func TestTakenUpWhileAnotherIsTried(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("first", inbox.Park(errHard))
		var unsure []bool
		h.on("second", func(_ context.Context, a *inbox.Attempt) error {
			unsure = append(unsure, a.Unsure)
			if a.Try == 3 {
				return nil
			}
			a.Doubt()
			return errPasses
		})
		b.put(row("C1", "first"), row("C1", "second"), row("C1", "third"))
		stop := b.run("matrix", h, inbox.Policy{})
		settle()
		h.succeeds("first")
		_, err := b.Retry(t.Context(), b.id("first"))
		require.NoError(t, err)
		pass(time.Minute)
		require.Equal(t, []bool{false, true, true}, unsure)
		require.Equal(t, []string{"second", "first", "third"}, h.handled())
		require.Zero(t, b.Waiting("matrix"))
		stop()
		b.close()
	})
}

// TestDrop of a row that is parked, waits, is first and waits for another try, or is
// being handled, also while another source has the lane.
func TestDrop(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("parked", inbox.Park(errHard))
		h.fails("resting", inbox.Later(time.Hour, errPasses))
		handling := make(chan struct{})
		h.on("handling", func(context.Context, *inbox.Attempt) error { <-handling; return errPasses })
		b.put(named("C1", "parked"), about("C1", "with", "parked"), row("C1", "resting"), row("C1", "goes on"),
			row("C2", "handling"), other("C2", "waits for the lane"), row("C2", "waits"), row("C2", "last"))
		stop := b.run("matrix", h, inbox.Policy{})
		settle()
		stopOther := b.run("slack:T1", h, inbox.Policy{})
		for _, key := range []string{"parked", "resting", "handling", "waits for the lane", "waits"} {
			require.NoError(t, b.Drop(t.Context(), b.id(key)), key)
		}
		settle()
		require.Equal(t, []string{"goes on"}, h.handled(), "what was behind the row that waited goes on at once")
		close(handling)
		pass(time.Hour)
		require.Equal(t, []string{"goes on", "last"}, h.handled())
		require.Equal(t, 1, h.tried("handling"), "its attempt ends by itself, and there is no other")
		require.Zero(t, b.Waiting("matrix")+b.Waiting("slack:T1"))
		require.Zero(t, b.Stats().Lanes)
		require.Empty(t, b.list())
		require.ErrorIs(t, b.Drop(t.Context(), 4711), inbox.ErrNoRow)
		b.put(about("C1", "about a row that was dropped", "parked"))
		settle()
		require.Contains(t, h.handled(), "about a row that was dropped")
		stop()
		stopOther()
		b.close()
	})
}

// TestDroppedBetweenLookAndPark: a row that was to be parked with another goes on when
// that one is taken up, or dropped, in the same moment.
func TestDroppedBetweenLookAndPark(t *testing.T) {
	for name, end := range map[string]func(b *box, id int64) error{
		"dropped":  func(b *box, id int64) error { return b.Drop(b.t.Context(), id) },
		"taken up": func(b *box, id int64) error { _, err := b.Retry(b.t.Context(), id); return err },
	} {
		t.Run(name, func(t *testing.T) {
			timed(t, func(t *testing.T, at database) {
				b := at.box(t)
				h := &handler{}
				h.fails("message", inbox.Park(errHard))
				b.put(named("C1", "message"))
				stop := b.run("matrix", h, inbox.Policy{})
				settle()
				h.succeeds("message")
				id := b.id("message")
				stop()
				b.put(about("C1", "edit", "message"))

				release := b.blocked()
				ended := make(chan error, 1)
				go func() { ended <- end(b, id) }() // the first to be committed
				settle()
				stop = b.run("matrix", h, inbox.Policy{}) // sees that the message is parked
				settle()
				release()
				require.NoError(t, <-ended)
				pass(time.Minute)
				require.Contains(t, h.handled(), "edit")
				require.Empty(t, b.list())
				require.Zero(t, b.Waiting("matrix"))
				stop()
				b.close()
			})
		})
	}
}

func TestParkSource(t *testing.T) {
	const gone = "the login is gone"
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h, told := &handler{}, &teller{}
		h.fails("tried", errPasses)
		h.fails("parked for another reason", inbox.Park(errHard))
		h.fails("found to be gone", inbox.Park(errors.New(gone)))
		rows := []inbox.Row{
			other("C1", "tried"), other("C1", "behind"), other("C2", "parked for another reason"),
			named("C3", "found to be gone"), about("C3", "about it", "found to be gone"),
		}
		for i := range rows {
			rows[i].Source = "slack:T1"
		}
		b.put(append(rows, row("C1", "of another source"))...)
		stop := b.run("slack:T1", h, inbox.Policy{Parked: told.tell})
		settle()
		require.ErrorContains(t, b.ParkSource(t.Context(), "slack:T1", gone), "running")
		stop()
		require.NoError(t, b.ParkSource(t.Context(), "slack:T1", gone))
		require.Equal(t, []string{"(tried)", "(behind)", "(parked for another reason)", "(found to be gone)", "(about it)", "of another source"}, b.list())
		require.Zero(t, b.Waiting("slack:T1"))
		require.NoError(t, b.ParkSource(t.Context(), "unknown", gone))
		b.put(other("C1", "came after"))
		b.close()

		b = at.box(t)
		h.succeeds("found to be gone")
		unsure := map[string]bool{}
		for _, key := range []string{"tried", "behind"} {
			h.on(key, func(_ context.Context, a *inbox.Attempt) error {
				unsure[key] = a.Unsure
				a.Sure()
				return nil
			})
		}
		n, err := b.RetrySource(t.Context(), "slack:T1", gone)
		require.NoError(t, err)
		require.Equal(t, 4, n)
		stop = b.run("slack:T1", h, inbox.Policy{Parked: told.tell})
		pass(time.Minute)
		require.ElementsMatch(t, []string{"tried", "behind", "came after", "found to be gone", "about it"}, h.handled())
		require.Equal(t, map[string]bool{"tried": true, "behind": false}, unsure)
		require.Equal(t, []string{"(parked for another reason)", "of another source"}, b.list())
		require.ElementsMatch(t, []string{"parked for another reason", "found to be gone"}, told.keys())
		stop()
		b.close()
	})
}

// TestParkedForOneSourceOnly: what one login cannot handle another can.
func TestParkedForOneSourceOnly(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		mine, edit := named("C1", "message"), about("C1", "edit", "message")
		mine.Source = "slack:T1"
		h.fails("message", inbox.Park(errHard))
		b.put(mine, edit)
		stops := []func(){b.run("slack:T1", h, inbox.Policy{})}
		settle()
		require.Equal(t, []string{"(message)", "edit"}, b.list())
		stops = append(stops, b.run("matrix", h, inbox.Policy{}))
		settle()
		require.Equal(t, []string{"edit"}, h.handled())
		for _, stop := range stops {
			stop()
		}
		b.close()
	})
}
