package matrixin_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixin"
)

func TestRefusals(t *testing.T) {
	good := transaction(message("room", "a"))
	for name, tc := range map[string]struct {
		token, query, body string
		status             int
		errcode            string
	}{
		"no token":                {"", "", good, 401, "M_MISSING_TOKEN"},
		"wrong token":             {"x" + hsToken, "", good, 403, "M_FORBIDDEN"},
		"empty token":             {" ", "", good, 401, "M_MISSING_TOKEN"},
		"token in the query only": {"", "?access_token=" + hsToken, good, 401, "M_MISSING_TOKEN"},
		"empty body":              {hsToken, "", "", 400, "M_NOT_JSON"},
		"no JSON":                 {hsToken, "", `{"events":[`, 400, "M_NOT_JSON"},
		"text after the JSON":     {hsToken, "", good + "x", 400, "M_NOT_JSON"},
		"a list":                  {hsToken, "", `[]`, 400, "M_BAD_JSON"},
		"a number":                {hsToken, "", `7`, 400, "M_BAD_JSON"},
		"events no list":          {hsToken, "", `{"events":{"a":1}}`, 400, "M_BAD_JSON"},
		"too large":               {hsToken, "", strings.Repeat(" ", matrixin.MaxBody+1), 413, "M_TOO_LARGE"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			seen := f.watch(nil)
			status, answer := f.do(http.MethodPut, "/_matrix/app/v1/transactions/1"+tc.query, tc.token, tc.body)
			require.Equal(t, tc.status, status, answer)
			require.Equal(t, tc.errcode, errcode(t, answer))
			requireNoSecret(t, answer)

			status, _ = f.putBody("1", transaction(message("room", "later")))
			require.Equal(t, http.StatusOK, status, "a refused transaction's id is not remembered")
			require.Equal(t, []string{"later"}, seen.await(t, "room", 1))
			require.EqualValues(t, 1, f.Stats().Refused)
		})
	}
}

// TestNoTokenMeansNoEntry: a registration without a token lets nobody in.
func TestNoTokenMeansNoEntry(t *testing.T) {
	f := start(t)
	f.as.Registration.ServerToken = ""
	r := httptest.NewRequest(http.MethodPut, "/_matrix/app/v1/transactions/1", strings.NewReader("{}"))
	r.Header.Set("Authorization", "Bearer ")
	w := httptest.NewRecorder()
	f.Handler().ServeHTTP(w, r)
	require.Equal(t, http.StatusForbidden, w.Code)
}

// TestTokensInAddressesAreNotLogged sends the address parameter that old
// homeservers used to every kind of path.
func TestTokensInAddressesAreNotLogged(t *testing.T) {
	f := start(t)
	for _, path := range []string{
		"/_matrix/app/v1/transactions/1", "/_matrix/app/v1/ping", "/_matrix/app/v1/rooms/%23a:example.org",
		"/transactions/1", "/nowhere", "/health", "//health",
	} {
		for _, method := range []string{http.MethodPut, http.MethodGet, http.MethodPost} {
			f.do(method, path+"?access_token="+hsToken, "", "{}")
		}
	}
	require.NotContains(t, f.logs.String(), hsToken)
	require.NotContains(t, f.logs.String(), "access_token")
}

// TestUndecodableEventsBlockNothing puts everything that is no event between
// two that are.
func TestUndecodableEventsBlockNothing(t *testing.T) {
	for name, bad := range map[string]string{
		"null":                  `null`,
		"a number":              `5`,
		"a list":                `[]`,
		"an empty object":       `{}`,
		"a number for a type":   `{"type":7,"room_id":"!room","content":{"body":"a private word"}}`,
		"text for a content":    `{"type":"m.room.message","event_id":"$x","room_id":"!room","content":"a private word"}`,
		"no content":            `{"type":"m.room.message","event_id":"$x","room_id":"!room"}`,
		"a number for a body":   `{"type":"m.room.message","event_id":"$x","room_id":"!room","content":{"msgtype":"m.text","body":88442211}}`,
		"an object for a body":  `{"type":"m.room.message","event_id":"$x","room_id":"!room","content":{"body":{"a private word":1}}}`,
		"a number for a sender": `{"type":"m.room.message","event_id":"$x","room_id":"!room","sender":88442211,"content":{}}`,
		"a list for a member":   `{"type":"m.room.member","event_id":"$x","room_id":"!room","state_key":"@a:b","content":{"membership":["a private word"]}}`,
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			seen := f.watch(nil)
			f.put(message("room", "before"), bad, message("room", "after"))
			require.Equal(t, []string{"before", "after"}, seen.await(t, "room", 2))
			stats := f.Stats()
			require.EqualValues(t, 1, stats.Undecodable)
			require.EqualValues(t, 2, stats.Events)
			require.Contains(t, f.logs.String(), "set aside")
			require.NotContains(t, f.logs.String(), "private")
			require.NotContains(t, f.logs.String(), "88442211")
		})
	}
}

// TestUnknownEventsPass: a type nobody handles, an event without a room and
// unknown keys are no errors.
func TestUnknownEventsPass(t *testing.T) {
	f := start(t)
	seen := f.watch(nil)
	status, _ := f.putBody("1", `{"events":[{"type":"org.example.new","event_id":"$n","room_id":"!room","content":{"a":1}},{"type":"m.room.message","event_id":"$r","content":{"body":"roomless"}}],"org.example.key":5}`)
	require.Equal(t, http.StatusOK, status)
	require.Equal(t, []string{"roomless"}, seen.await(t, "", 1))
	require.Zero(t, f.Stats().Undecodable)
}

func TestRepeatedTransactions(t *testing.T) {
	f := start(t)
	block := make(chan struct{})
	seen := f.watch(func(_ context.Context, evt *event.Event) {
		if evt.Content.AsMessage().Body == "a" {
			<-block
		}
	})
	ok := func(txnID, body string) {
		status, answer := f.putBody(txnID, body)
		require.Equal(t, http.StatusOK, status, answer)
	}
	ok("1", transaction(message("room", "a"), message("room", "b")))
	ok("1", transaction(message("room", "a"), message("room", "b"))) // while it is being handled
	require.EqualValues(t, 1, f.Stats().Repeated)
	close(block)
	seen.await(t, "room", 2)
	ok("1", transaction(message("room", "a"), message("room", "b"))) // and after it was

	// A homeserver that got no answer puts the events into a new transaction.
	ok("2", transaction(message("room", "b"), message("room", "c"), message("room", "c")))
	// An empty transaction, twice.
	ok("3", transaction())
	ok("3", transaction())
	// A homeserver that lost its database counts from 1 again.
	ok("1", transaction(message("room", "d")))

	require.Equal(t, []string{"a", "b", "c", "d"}, seen.await(t, "room", 4))
	stats := f.Stats()
	require.EqualValues(t, 3, stats.Repeated)
	require.EqualValues(t, 4, stats.Events)
	require.Contains(t, f.logs.String(), "known id and unknown events")
}

func TestMemoryOfEventsIsBounded(t *testing.T) {
	f := start(t, func(cfg *matrixin.Config) { cfg.MaxWaiting = 2 * matrixin.RememberedEvents })
	seen := f.watch(nil)
	f.put(message("room", "first"))
	var many []string
	for n := range matrixin.RememberedEvents {
		many = append(many, fmt.Sprintf(`{"type":"org.example.x","event_id":"$%d","room_id":"!other","content":{}}`, n))
	}
	f.put(many...)
	f.put(message("room", "first"))
	require.Equal(t, []string{"first", "first"}, seen.await(t, "room", 2))
}

// TestStartHoldsTransactions: what comes while the bridge starts waits for it,
// and pings are answered meanwhile.
func TestStartHoldsTransactions(t *testing.T) {
	f := newFixture(t)
	seen := f.watch(nil)
	f.listen()
	answered := make(chan int, 1)
	go func() {
		status, _ := f.putBody("1", transaction(message("room", "a")))
		answered <- status
	}()
	status, answer := f.do(http.MethodPost, "/_matrix/app/v1/ping", hsToken, `{"transaction_id":"x"}`)
	require.Equal(t, http.StatusOK, status, answer)
	require.Equal(t, "starting", f.Stats().State)
	require.Empty(t, answered)
	f.Ready()
	require.Equal(t, http.StatusOK, await(t, answered))
	require.Equal(t, []string{"a"}, seen.await(t, "room", 1))
}

func TestStartRefusesAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t)
		seen := f.watch(nil)
		begun := time.Now()
		w := f.inject("1", transaction(message("room", "a")))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "M_UNKNOWN", errcode(t, w.Body.String()))
		require.Contains(t, w.Body.String(), "starting")
		require.Equal(t, 10*time.Second, time.Since(begun))

		f.Ready()
		require.Equal(t, http.StatusOK, f.inject("1", transaction(message("room", "a"))).Code)
		synctest.Wait()
		require.Equal(t, []string{"a"}, seen.of("room"))
	})
}

// FuzzTransaction: no body makes the server panic, and each gets one of the
// answers that a homeserver understands.
func FuzzTransaction(f *testing.F) {
	for _, seed := range []string{
		transaction(message("room", "a")), `{"events":[null,{"type":"m.room.member","state_key":"@a:b","room_id":"!r","content":{}}]}`,
		`{"ephemeral":[{"type":"m.typing","room_id":"!r","content":{"user_ids":[]}}],"to_device":[{}],"device_lists":{}}`, `[]`, ``,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		s := newFixture(t)
		s.watch(nil)
		s.Ready()
		w := s.inject("1", body)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, w.Code)
		require.NoError(t, s.drainIn(soon))
		require.Zero(t, s.Stats().Panics)
		require.Zero(t, s.Stats().Waiting)
	})
}
