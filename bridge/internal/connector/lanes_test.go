package connector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

var errTest = errors.New("not now")

func everySecond(_ error, attempt int) (time.Duration, bool) { return time.Second, attempt < 5 }

// record notes what ran, in order.
type record struct {
	mu  sync.Mutex
	ran []string
}

func (r *record) add(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ran = append(r.ran, what)
}

// all returns what has run so far; the lanes may go on meanwhile.
func (r *record) all() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.ran)
}

func TestLaneKeepsOrderWhileAJobIsRepeated(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLanes(t.Context(), everySecond), &record{}
		tries := 0
		l.Add("a", job{name: "first", run: func(context.Context) error {
			if tries++; tries < 3 {
				return errTest
			}
			r.add("first")
			return nil
		}})
		l.Add("a", job{name: "second", run: func(context.Context) error { r.add("second"); return nil }})
		l.Add("b", job{name: "other", run: func(context.Context) error { r.add("other"); return nil }})

		synctest.Wait()
		require.Equal(t, []string{"other"}, r.all(), "a lane that waits holds up no other")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"other", "first", "second"}, r.all())
		require.Zero(t, l.Waiting())
		l.Stop()
	})
}

func TestLaneTellsTheErrorThatEndedTheTries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newLanes(t.Context(), everySecond)
		var told error
		l.Add("a", job{
			run:  func(context.Context) error { return errTest },
			done: func(_ context.Context, err error) error { told = err; return nil },
		})
		time.Sleep(time.Minute)
		synctest.Wait()
		require.ErrorIs(t, told, errTest)
		l.Stop()
	})
}

func TestStopFinishesWhatHasBegunAndDropsTheRest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l, r := newLanes(t.Context(), everySecond), &record{}
		for i := range 3 {
			l.Add("a", job{
				run: func(ctx context.Context) error {
					time.Sleep(time.Second)
					r.add(fmt.Sprint(i))
					return ctx.Err()
				},
				done: func(context.Context, error) error { r.add(fmt.Sprint("done ", i)); return nil },
			})
		}
		synctest.Wait()
		l.Stop()
		require.Equal(t, []string{"0", "done 0"}, r.all())
		l.Add("a", job{run: func(context.Context) error { r.add("late"); return nil }})
		synctest.Wait()
		require.Equal(t, []string{"0", "done 0"}, r.all())
	})
}
