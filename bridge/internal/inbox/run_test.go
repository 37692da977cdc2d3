package inbox_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// other makes a row of the source "slack:T1".
func other(lane, key string) inbox.Row {
	r := row(lane, key)
	r.Source = "slack:T1"
	return r
}

// TestOneRowOfALaneAtATime also across two sources, while lanes do not wait for each
// other.
func TestOneRowOfALaneAtATime(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		var busy [2]atomic.Int32
		var most, all atomic.Int32
		for n := range 40 {
			lane := n % 2
			key := fmt.Sprint(n)
			r := row(fmt.Sprint("lane ", lane), key)
			if n%4 < 2 {
				r.Source = "slack:T1"
			}
			h.on(key, func(context.Context, *inbox.Attempt) error {
				if busy[lane].Add(1) > 1 {
					t.Errorf("two rows of lane %d at a time", lane)
				}
				now := all.Add(1)
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				time.Sleep(time.Second)
				all.Add(-1)
				busy[lane].Add(-1)
				return nil
			})
			b.put(r)
		}
		start := time.Now()
		stops := []func(){b.run("matrix", h, inbox.Policy{}), b.run("slack:T1", h, inbox.Policy{})}
		for b.Waiting("matrix")+b.Waiting("slack:T1") > 0 {
			time.Sleep(time.Second / 10)
		}
		require.EqualValues(t, 2, most.Load(), "two lanes go on side by side")
		require.Less(t, time.Since(start), 21*time.Second, "a lane is never idle while it has rows")
		for _, stop := range stops {
			stop()
		}
		require.Zero(t, b.Stats().Lanes)
		b.close()
	})
}

func TestASourceThatDoesNotRunBlocksNobody(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		b.put(other("C1", "s1"), row("C1", "m1"), other("C1", "s2"), row("C1", "m2"))
		matrix, slack := &handler{}, &handler{}
		stop := b.run("matrix", matrix, inbox.Policy{})
		settle()
		require.Equal(t, []string{"m1", "m2"}, matrix.handled())
		require.Equal(t, 2, b.WaitingIn("C1", 0))
		require.Equal(t, 1, b.WaitingIn("C1", b.id("s2")))
		require.Error(t, b.Run(t.Context(), "matrix", matrix.handle, inbox.Policy{}), "a source has one Run")
		stop()

		stop = b.run("slack:T1", slack, inbox.Policy{})
		settle()
		require.Equal(t, []string{"s1", "s2"}, slack.handled())
		stop()
		stop = b.run("matrix", matrix, inbox.Policy{})
		b.put(row("C1", "m3"))
		settle()
		require.Equal(t, []string{"m1", "m2", "m3"}, matrix.handled(), "a source can run again")
		stop()
		b.close()
	})
}

// TestLaterHoldsItsLaneOnly and does not count as a try.
func TestLaterHoldsItsLaneOnly(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		var tries []int
		start := time.Now()
		h.on("limited", func(_ context.Context, a *inbox.Attempt) error {
			tries = append(tries, a.Try)
			if time.Since(start) < 20*time.Second {
				return inbox.Later(5*time.Second, errHard)
			}
			return nil
		})
		b.put(row("C1", "limited"), row("C1", "behind"), row("C2", "elsewhere"))
		stop := b.run("matrix", h, inbox.Policy{})
		synctest.Wait()
		require.Equal(t, []string{"elsewhere"}, h.handled())
		pass(20 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"elsewhere", "limited", "behind"}, h.handled())
		require.Equal(t, []int{1, 1, 1, 1, 1}, tries)
		require.Zero(t, b.Stats().Retries)
		stop()
		b.close()
	})
}

// TestLaterOrNext has a row wait for an hour, until another comes.
func TestLaterOrNext(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("reading", inbox.LaterOrNext(time.Hour, errPasses))
		b.put(row("C1", "reading"))
		stop := b.run("matrix", h, inbox.Policy{})
		synctest.Wait()
		h.succeeds("reading")
		start := time.Now()
		b.put(row("C2", "elsewhere"))
		synctest.Wait()
		require.Equal(t, []string{"elsewhere"}, h.handled())
		b.put(row("C1", "behind"))
		synctest.Wait()
		require.Equal(t, []string{"elsewhere", "reading", "behind"}, h.handled())
		require.Zero(t, time.Since(start))

		h.fails("again", inbox.LaterOrNext(time.Hour, errPasses))
		b.put(row("C3", "again"))
		synctest.Wait()
		h.succeeds("again")
		time.Sleep(time.Hour)
		synctest.Wait()
		require.Len(t, h.handled(), 4)
		stop()
		b.close()
	})
}

func TestHurry(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("later", inbox.Later(time.Hour, errPasses))
		h.fails("failing", errPasses)
		b.put(row("C1", "later"), row("C2", "failing"))
		stop := b.run("matrix", h, inbox.Policy{})
		synctest.Wait()
		h.succeeds("later")
		h.succeeds("failing")
		start := time.Now()
		b.Hurry("matrix")
		synctest.Wait()
		require.ElementsMatch(t, []string{"later", "failing"}, h.handled())
		require.Zero(t, time.Since(start))

		h.fails("again", inbox.Later(time.Hour, errPasses))
		b.put(row("C1", "again"), row("C1", "behind"))
		synctest.Wait()
		h.succeeds("again")
		again, err := b.Retry(t.Context(), b.id("again"))
		require.NoError(t, err)
		require.Equal(t, 1, again)
		synctest.Wait()
		require.Len(t, h.handled(), 4)
		stop()
		b.close()
	})
}

// TestTransientErrorsNeverPark: a row that fails for a day because the network is away
// is tried every 15 seconds.
func TestTransientErrorsNeverPark(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("Ev1", fmt.Errorf("post: %w", errPasses))
		b.put(row("C1", "Ev1"), row("C1", "Ev2"))
		stop := b.run("matrix", h, inbox.Policy{})
		synctest.Wait()
		for _, wait := range []time.Duration{1, 2, 4, 8, 15, 15} {
			tried := h.tried("Ev1")
			pass(wait*time.Second - time.Millisecond)
			synctest.Wait()
			require.Equal(t, tried, h.tried("Ev1"))
			pass(time.Millisecond)
			synctest.Wait()
			require.Equal(t, tried+1, h.tried("Ev1"))
		}
		pass(24 * time.Hour)
		require.InDelta(t, 24*3600/15, h.tried("Ev1"), 10)
		require.Equal(t, []string{"Ev1", "Ev2"}, b.list(), "in place, and its lane waits")
		h.succeeds("Ev1")
		pass(15 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"Ev1", "Ev2"}, h.handled())
		stop()
		b.close()
	})
}

// TestPolicyNamesTheWait: Transient may ask for more than the back-off.
func TestPolicyNamesTheWait(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		h.fails("Ev1", errPasses)
		b.put(row("C1", "Ev1"))
		stop := b.run("matrix", h, inbox.Policy{Transient: func(error) (time.Duration, bool) { return time.Minute, true }})
		pass(time.Minute - time.Millisecond)
		require.Equal(t, 1, h.tried("Ev1"))
		pass(time.Millisecond)
		synctest.Wait()
		require.Equal(t, 2, h.tried("Ev1"))
		stop()
		b.close()
	})
}

// TestBegin: the payload is erased before the handler goes on, and the row never comes
// again, whatever becomes of it.
func TestBegin(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		begun := func(end func() error) func(ctx context.Context, a *inbox.Attempt) error {
			return func(ctx context.Context, a *inbox.Attempt) error {
				require.NoError(t, a.Begin(ctx))
				require.NotContains(t, b.list(), a.Key)
				_, err := b.Get(ctx, a.ID)
				require.ErrorIs(t, err, inbox.ErrNoRow)
				return end()
			}
		}
		h.on("done", begun(func() error { return nil }))
		h.on("failed", begun(func() error { return errHard }))
		h.on("later", begun(func() error { return inbox.Later(time.Second, errHard) }))
		h.on("panicked", begun(func() error { panic("at the disco") }))
		commands := []inbox.Row{row("C1", "done"), row("C1", "failed"), row("C1", "later"), row("C1", "panicked"), row("C1", "next")}
		b.put(commands...)
		stop := b.run("matrix", h, inbox.Policy{})
		pass(time.Hour)
		for _, command := range commands {
			require.Equal(t, 1, h.tried(command.Key), command.Key)
		}
		require.Contains(t, h.handled(), "next")
		stop()
		b.close()

		b = at.box(t)
		require.Empty(t, b.list())
		fresh, err := b.Put(t.Context(), commands...)
		require.NoError(t, err)
		require.Zero(t, fresh, "a command that is delivered again is known")
		b.close()
	})
}

// TestBegunPayloadIsNotInTheFile reads SQLite's file as a backup would.
func TestBegunPayloadIsNotInTheFile(t *testing.T) {
	at := newSQLite(t)
	b := at.box(t)
	h := &handler{}
	secret := "xyzzy-the-secret-" + "word"
	const copies = 400 // it spans several pages
	b.put(row("C1", "before"), inbox.Row{Source: "commands", Key: "command", Lane: "C1", Payload: []byte(strings.Repeat(secret, copies))}, row("C1", "after"))
	path := strings.TrimSuffix(strings.TrimPrefix(at.uri, "file:"), "?_txlock=immediate")
	count := func() int {
		_, err := b.db.Exec(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
		require.NoError(t, err)
		file, err := os.ReadFile(path)
		require.NoError(t, err)
		return strings.Count(string(file), secret)
	}
	require.Greater(t, count(), copies/2)
	ctx, cancel := context.WithCancel(t.Context())
	err := b.Run(ctx, "commands", func(ctx context.Context, a *inbox.Attempt) error {
		defer cancel()
		return a.Begin(ctx)
	}, inbox.Policy{})
	require.NoError(t, err)
	require.Zero(t, count())
	b.run("matrix", h, inbox.Policy{})
	b.idle("matrix")
	require.Equal(t, []string{"before", "after"}, h.handled())
}

// TestKeep: progress is there at the next try and after a restart.
func TestKeep(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		_, err := b.db.Exec(t.Context(), "CREATE TABLE pieces (word TEXT)")
		require.NoError(t, err)
		h := &handler{}
		h.on("Ev1", func(ctx context.Context, a *inbox.Attempt) error {
			switch string(a.Progress) {
			case "":
				require.NoError(t, a.Keep(ctx, []byte("one")))
				require.Equal(t, "one", string(a.Progress))
			case "one":
				require.NoError(t, a.KeepWith(ctx, []byte("two"), func(ctx context.Context) error {
					_, err := b.db.Exec(ctx, "INSERT INTO pieces VALUES ('two')")
					return err
				}))
				require.ErrorIs(t, a.KeepWith(ctx, []byte("three"), func(ctx context.Context) error {
					_, err := b.db.Exec(ctx, "INSERT INTO pieces VALUES ('three')")
					require.NoError(t, err)
					return errHard
				}), errHard)
				require.Equal(t, "two", string(a.Progress))
			case "two":
				return inbox.Later(time.Hour, errPasses)
			}
			return errPasses
		})
		b.put(row("C1", "Ev1"))
		stop := b.run("matrix", h, inbox.Policy{})
		pass(time.Minute)
		require.Equal(t, 3, h.tried("Ev1"))
		stop()
		b.close()

		b = at.box(t)
		h = &handler{}
		h.on("Ev1", func(ctx context.Context, a *inbox.Attempt) error {
			require.Equal(t, "two", string(a.Progress))
			return b.db.DoTxn(ctx, nil, func(ctx context.Context) error {
				require.ErrorIs(t, a.Keep(ctx, nil), inbox.ErrInTransaction)
				return nil
			})
		})
		stop = b.run("matrix", h, inbox.Policy{})
		settle()
		require.Equal(t, []string{"Ev1"}, h.handled())
		var pieces int
		require.NoError(t, b.db.QueryRow(t.Context(), "SELECT COUNT(*) FROM pieces").Scan(&pieces))
		require.Equal(t, 1, pieces)
		stop()
		b.close()
	})
}

// TestUnsure: after a restart each row may have been handled until the handler says that
// the place is found.
func TestUnsure(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		b.put(row("C1", "a1"), row("C1", "a2"), row("C1", "a3"), row("C2", "b1"))
		var mu sync.Mutex // lanes are handled side by side
		unsure := map[string][]bool{}
		h := &handler{}
		note := func(key string, then func(a *inbox.Attempt) error) {
			h.on(key, func(_ context.Context, a *inbox.Attempt) error {
				mu.Lock()
				unsure[key] = append(unsure[key], a.Unsure)
				mu.Unlock()
				return then(a)
			})
		}
		fails := func(*inbox.Attempt) error { return errPasses }
		note("a1", fails)
		note("b1", func(a *inbox.Attempt) error {
			if a.Try == 2 {
				a.Doubt()
			}
			return errPasses
		})
		stop := b.run("matrix", h, inbox.Policy{})
		pass(4 * time.Second)
		require.Equal(t, map[string][]bool{"a1": {false, false, false}, "b1": {false, false, true}}, unsure)
		stop()
		b.close()

		clear(unsure)
		b = at.box(t)
		b.put(row("C2", "b2"), row("C3", "c1"))
		done := func(*inbox.Attempt) error { return nil }
		note("a1", done)
		note("a2", func(a *inbox.Attempt) error { a.Sure(); return nil })
		for _, key := range []string{"a3", "b1", "b2", "c1"} {
			note(key, done)
		}
		stop = b.run("matrix", h, inbox.Policy{Workers: 1})
		synctest.Wait()
		require.Equal(t, map[string][]bool{"a1": {true}, "a2": {true}, "a3": {false}, "b1": {true}, "b2": {true}, "c1": {false}}, unsure)
		stop()
		b.close()
	})
}

// TestStopAndPanic: a row whose handler was cut off, or panicked, stays where it is and
// is unsure.
func TestStopAndPanic(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		h := &handler{}
		unsure := map[string]bool{}
		h.on("hangs", func(ctx context.Context, a *inbox.Attempt) error {
			unsure[a.Key] = a.Unsure
			<-ctx.Done()
			return ctx.Err()
		})
		h.on("finishes", func(context.Context, *inbox.Attempt) error { time.Sleep(3 * time.Second); return nil })
		b.put(row("C1", "hangs"), row("C1", "behind"), row("C2", "finishes"), row("C2", "not begun"))
		stop := b.run("matrix", h, inbox.Policy{Grace: 4 * time.Second})
		synctest.Wait()
		start := time.Now()
		stop()
		require.Equal(t, 4*time.Second, time.Since(start))
		require.Equal(t, []string{"finishes"}, h.handled())
		require.Equal(t, 3, b.Waiting("matrix"))
		require.False(t, unsure["hangs"])

		h.on("hangs", func(_ context.Context, a *inbox.Attempt) error {
			unsure[a.Key] = a.Unsure
			if a.Try == 2 {
				panic("at the disco")
			}
			if a.Try == 1 {
				require.False(t, a.Unsure)
			}
			return nil
		})
		stop = b.run("matrix", h, inbox.Policy{})
		pass(time.Minute)
		require.True(t, unsure["hangs"], "the cut and the panic may have had an effect")
		require.Equal(t, []string{"finishes", "not begun", "hangs", "behind"}, h.handled())
		require.EqualValues(t, 1, b.Stats().Panics)
		stop()
		b.close()
		b = at.box(t)
		require.Empty(t, b.list(), "what is done is marked before the end")
		b.close()
	})
}

// TestMarksGoTogether counts the commits of rows that are done.
func TestMarksGoTogether(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		var rows []inbox.Row
		for n := range 100 {
			rows = append(rows, row(fmt.Sprint(n), fmt.Sprint(n)))
		}
		h := &handler{}
		stop := b.run("matrix", h, inbox.Policy{Workers: 50})
		b.put(rows...)
		synctest.Wait()
		require.Len(t, h.handled(), 100)
		require.EqualValues(t, 1, b.Stats().Commits)
		pass(inbox.Linger)
		synctest.Wait()
		require.EqualValues(t, 2, b.Stats().Commits)
		require.Empty(t, b.list())

		b.put(row("C1", "one"))
		synctest.Wait()
		b.put(row("C1", "two"))
		require.Equal(t, []string{"two"}, b.list(), "a mark goes with the next rows")
		synctest.Wait()
		stop()
		b.close()
		b = at.box(t)
		require.Empty(t, b.list(), "and at the end in any case")
		b.close()
	})
}
