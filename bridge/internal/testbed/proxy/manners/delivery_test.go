package manners

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// receiver is a bridge that notes what it receives, one word a transaction.
type receiver struct {
	mu   sync.Mutex
	had  []string
	down bool
	slow time.Duration
}

func (r *receiver) send(ctx context.Context, events []json.RawMessage) error {
	r.mu.Lock()
	slow, down := r.slow, r.down
	r.mu.Unlock()
	select {
	case <-time.After(slow):
	case <-ctx.Done():
		return ctx.Err()
	}
	names := make([]string, len(events))
	for i, event := range events {
		names[i] = string(event)
	}
	r.mu.Lock()
	r.had = append(r.had, strings.Join(names, ""))
	r.mu.Unlock()
	if down {
		return errors.New("down")
	}
	return nil
}

func (r *receiver) got() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.had)
}

// be sets whether the bridge is down and how slow it is.
func (r *receiver) be(down bool, slow time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.down, r.slow = down, slow
}

// inTime runs a test on made-up time with a delivery of ten seconds' back-off.
func inTime(t *testing.T, test func(d *delivery, r *receiver)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var senders sync.WaitGroup
		r := &receiver{}
		test(newDelivery(ctx, &senders, 10*time.Second, r.send), r)
		stop()
		senders.Wait()
	})
}

func add(d *delivery, events string) {
	for _, event := range events {
		d.add(json.RawMessage(string(event)))
	}
	synctest.Wait()
}

func TestDeliversAtOnce(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		add(d, "a")
		add(d, "b")
		require.Equal(t, []string{"a", "b"}, r.got())
		require.Zero(t, d.waiting())
	})
}

func TestQueuesBehindTheOneUnderWay(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		r.be(false, time.Second)
		add(d, "abc")
		time.Sleep(3 * time.Second)
		synctest.Wait()
		require.Equal(t, []string{"a", "bc"}, r.got())
	})
}

func TestBatches(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		r.be(false, time.Second)
		add(d, strings.Repeat("x", 1+48+2))
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, []string{"x", strings.Repeat("x", 48), "xx"}, r.got())
	})
}

// TestFailedWaitsForTheNextEvent shows why a quiet room stays stuck: without another
// event nothing is delivered.
func TestFailedWaitsForTheNextEvent(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		r.be(true, 0)
		add(d, "a")
		r.be(false, 0)
		time.Sleep(24 * time.Hour)
		synctest.Wait()
		require.Equal(t, []string{"a"}, r.got())
		require.Equal(t, 1, d.waiting())

		add(d, "b")
		require.Equal(t, []string{"a", "a", "b"}, r.got(), "the failed one first, as it was")
		require.Zero(t, d.waiting())
	})
}

// TestBackoff adds events before the back-off is over: neither they nor its end lead to
// an attempt.
func TestBackoff(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		r.be(true, 0)
		add(d, "a") // Fails: ten seconds from here.
		time.Sleep(9 * time.Second)
		synctest.Wait()
		add(d, "b")
		require.Len(t, r.got(), 1)
		time.Sleep(2 * time.Second)
		synctest.Wait()
		add(d, "c") // Fails again: twenty seconds from here.
		require.Equal(t, []string{"a", "a"}, r.got())
		r.be(false, 0)
		time.Sleep(19 * time.Second)
		synctest.Wait()
		add(d, "d")
		require.Len(t, r.got(), 2)
		time.Sleep(time.Second)
		synctest.Wait()
		add(d, "e")
		require.Equal(t, []string{"a", "a", "a", "bcde"}, r.got())

		r.be(true, 0)
		add(d, "f")
		r.be(false, 0)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		add(d, "g")
		require.Equal(t, []string{"f", "f", "g"}, r.got()[4:], "the count started again")
	})
}

func TestRestartSendsWhatIsActive(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		r.be(true, 0)
		add(d, "a")
		add(d, "b")
		r.be(false, 0)
		d.restart()
		synctest.Wait()
		require.Equal(t, []string{"a", "a", "b"}, r.got())
	})
}

// TestRestartForgetsAnAnswer sends again what the bridge may have received.
func TestRestartForgetsAnAnswer(t *testing.T) {
	inTime(t, func(d *delivery, r *receiver) {
		r.be(false, time.Second)
		add(d, "ab")
		time.Sleep(time.Second / 2)
		synctest.Wait()
		d.restart()
		synctest.Wait()
		require.Empty(t, r.got())
		time.Sleep(time.Minute)
		synctest.Wait()
		require.Equal(t, []string{"a", "b"}, r.got())
	})
}
