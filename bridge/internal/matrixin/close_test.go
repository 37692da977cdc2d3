package matrixin_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixin"
)

// heldStore holds the noting of members until it is released.
type heldStore struct {
	appservice.StateStore
	noting, release chan struct{}
}

func (f *fixture) hold() *heldStore {
	held := &heldStore{f.as.StateStore, make(chan struct{}), make(chan struct{})}
	f.as.StateStore = held
	return held
}

func (s *heldStore) SetMember(ctx context.Context, room id.RoomID, user id.UserID, member *event.MemberEventContent) error {
	close(s.noting)
	<-s.release
	return s.StateStore.SetMember(ctx, room, user, member)
}

var join = state(ann, "m.room.member", ann, `{"membership":"join"}`)

// TestCloseWaitsForATransactionThatIsBeingStored stops the server in the middle of a
// transaction: it is stored whole and answered, what comes later is refused.
func TestCloseWaitsForATransactionThatIsBeingStored(t *testing.T) {
	f := start(t)
	held := f.hold()
	answered, closed := make(chan int, 1), make(chan struct{})
	go func() {
		status, _ := f.putBody("1", transaction(message("room", "a"), join))
		answered <- status
	}()
	await(t, held.noting)
	require.Empty(t, answered, "no answer before the commit")
	require.Empty(t, f.rows())
	late := make(chan int, 1)
	go func() { late <- f.inject("2", transaction(message("room", "late"))).Code }() // waits its turn
	go func() {
		f.closeIn(soon)
		close(closed)
	}()
	require.Eventually(t, func() bool { return f.Stats().State == "draining" }, soon, time.Millisecond)
	select {
	case <-closed:
		require.FailNow(t, "Close did not wait")
	default:
	}
	close(held.release)
	await(t, closed)
	require.Equal(t, http.StatusOK, await(t, answered))
	require.Equal(t, http.StatusServiceUnavailable, await(t, late))
	require.Equal(t, []string{"$room-a", "$m.room.member" + ann}, f.of("!room"))
	require.Equal(t, event.MembershipJoin, f.membership("!room", ann))
	_, err := net.Dial("tcp", f.Addr().String())
	require.Error(t, err, "the listener is closed")
}

// TestCloseRacesWithTransactions: each transaction that comes while the server stops is
// either acknowledged and stored, or refused and not stored.
func TestCloseRacesWithTransactions(t *testing.T) {
	f := start(t)
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
				own = append(own, "$room-"+body)
			}
		}()
	}
	require.Eventually(t, func() bool { return f.Stats().Events > 50 }, soon, time.Millisecond)
	f.closeIn(soon)
	stored := f.of("!room")
	var all []string
	for range 4 {
		all = append(all, await(t, accepted)...)
	}
	require.ElementsMatch(t, all, stored, "what is answered is stored when Close returns")
}

// TestCloseDoesNotWaitForADatabaseThatIsAway: what is being stored is given up without
// an answer when the time for the stop is over.
func TestCloseDoesNotWaitForADatabaseThatIsAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, sqlite(t), func(cfg *matrixin.Config) {
			cfg.Put = func(ctx context.Context, _ inbox.Batch) (int, error) {
				<-ctx.Done()
				return 0, ctx.Err()
			}
		})
		f.Ready()
		answered := make(chan int, 1)
		go func() { answered <- f.inject("1", transaction(message("room", "a"))).Code }()
		synctest.Wait()
		begun := time.Now()
		f.closeIn(2 * time.Second)
		require.Equal(t, 2*time.Second, time.Since(begun))
		require.Equal(t, http.StatusServiceUnavailable, <-answered)
	})
}

// TestAHomeserverThatHangsUpLeavesTheQueue: a transaction that waits for the one before
// it is let go when its sender does not wait any more; one that is being stored is not.
func TestAHomeserverThatHangsUpLeavesTheQueue(t *testing.T) {
	f := start(t)
	held := f.hold()
	answered := make(chan int, 1)
	go func() { answered <- f.inject("1", transaction(join)).Code }()
	await(t, held.noting)

	ctx, cancel := context.WithCancel(t.Context())
	left := make(chan int, 1)
	go func() { left <- f.injectAs(ctx, "2", transaction(message("room", "b"))).Code }()
	cancel()
	require.Equal(t, http.StatusServiceUnavailable, await(t, left))
	close(held.release)
	require.Equal(t, http.StatusOK, await(t, answered))
	require.Empty(t, f.of("!room")[1:])
	f.ok("2", transaction(message("room", "b")))
}

// TestCloseWhileStarting: a transaction that is held is refused at once.
func TestCloseWhileStarting(t *testing.T) {
	f := newFixture(t, sqlite(t))
	f.listen()
	answered := make(chan int, 1)
	go func() { answered <- f.inject("1", transaction(message("room", "a"))).Code }()
	f.closeIn(soon)
	require.Equal(t, http.StatusServiceUnavailable, await(t, answered))
	require.Empty(t, f.rows())
}

func TestCloseWithoutServing(t *testing.T) {
	f := newFixture(t, sqlite(t))
	require.NoError(t, f.Listen("127.0.0.1:0"))
	f.closeIn(soon)
	_, err := net.Dial("tcp", f.Addr().String())
	require.Error(t, err)
	newFixture(t, sqlite(t)).closeIn(soon) // without a listener
}
