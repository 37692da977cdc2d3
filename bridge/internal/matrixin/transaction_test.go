package matrixin_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/matrixevent"
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
			status, answer := f.do(http.MethodPut, "/_matrix/app/v1/transactions/1"+tc.query, tc.token, tc.body)
			require.Equal(t, tc.status, status, answer)
			require.Equal(t, tc.errcode, errcode(t, answer))
			requireNoSecret(t, answer)

			status, _ = f.putBody("1", transaction(message("room", "later")))
			require.Equal(t, http.StatusOK, status, "a refused transaction's id is not remembered")
			require.Equal(t, []string{"$room-later"}, f.of("!room"))
			require.EqualValues(t, 1, f.Stats().Refused)
		})
	}
}

// TestNoTokenMeansNoEntry: without a token in the registration every transaction is refused.
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
	t.Run("56 tokens are not logged", func(t *testing.T) {
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
	})
}

// TestUndecodableEventsBlockNothing puts everything that is no event between two that
// are. What can be named is, without its content.
func TestUndecodableEventsBlockNothing(t *testing.T) {
	for name, tc := range map[string]struct {
		bad   string
		named bool
	}{
		"null":                   {`null`, false},
		"a number":               {`5`, false},
		"a list":                 {`[]`, false},
		"an empty object":        {`{}`, false},
		"no room":                {`{"type":"m.room.message","event_id":"$x","content":{"body":"a private word"}}`, true},
		"no id":                  {`{"type":"m.room.message","room_id":"!x","content":{"body":"a private word"}}`, false},
		"a number for a type":    {`{"type":7,"event_id":"$x","room_id":"!room","content":{"body":"a private word"}}`, true},
		"text for a content":     {`{"type":"m.room.message","event_id":"$x","room_id":"!room","content":"a private word"}`, true},
		"no content":             {`{"type":"m.room.message","event_id":"$x","room_id":"!room"}`, true},
		"a number for a body":    {`{"type":"m.room.message","event_id":"$x","room_id":"!room","content":{"msgtype":"m.text","body":88442211}}`, true},
		"an object for a body":   {`{"type":"m.room.message","event_id":"$x","room_id":"!room","content":{"body":{"a private word":1}}}`, true},
		"a number for a sender":  {`{"type":"m.room.message","event_id":"$x","room_id":"!room","sender":88442211,"content":{}}`, true},
		"too large a number":     {`{"type":"m.room.message","event_id":"$x","room_id":"!room","sender":"@a:b","content":{"msgtype":"m.text","body":"a private word","n":1e400}}`, true},
		"a list for a member":    {`{"type":"m.room.member","event_id":"$x","room_id":"!room","state_key":"@a:b","content":{"membership":["a private word"]}}`, true},
		"an unheard-of member":   {`{"type":"m.room.member","event_id":"$x","room_id":"!room","state_key":"@a:b","content":{"membership":"a private word","displayname":5}}`, true},
		"an odd state key":       {`{"type":"m.room.message","event_id":"$x","room_id":"!room","state_key":7,"content":{"body":"a private word"}}`, true},
		"an odd time":            {`{"type":"m.room.message","event_id":"$x","room_id":"!room","origin_server_ts":"a private word","content":{}}`, true},
		"something odd unsigned": {`{"type":"m.room.message","event_id":"$x","room_id":"!room","unsigned":{"age":"a private word"},"content":{}}`, true},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.put(message("room", "before"), tc.bad, message("room", "after"))
			require.Equal(t, []string{"$room-before", "$room-after"}, f.of("!room"))
			stats := f.Stats()
			require.EqualValues(t, 1, stats.Undecodable)
			require.EqualValues(t, 2, stats.Events)
			require.Contains(t, f.logs.String(), "set aside")
			require.Equal(t, tc.named, strings.Contains(f.logs.String(), `"$x"`))
			require.NotContains(t, f.logs.String(), "private")
			require.NotContains(t, f.logs.String(), "88442211")
		})
	}
}

// TestWhatIsSaidHasARow: also if it cannot be decoded, so that its sender is told.
func TestWhatIsSaidHasARow(t *testing.T) {
	f := start(t)
	f.put(`{"type":"m.room.message","event_id":"$x","room_id":"!room","sender":"@a:b","content":{"msgtype":"m.text","body":88442211}}`,
		`{"type":"m.room.message","event_id":"$y","room_id":"!room","sender":"@a:b","content":{"msgtype":"m.text","body":"hi","m.mentions":[]}}`,
		`{"type":"m.room.topic","event_id":"$z","room_id":"!room","sender":"@a:b","state_key":"","content":{"topic":5}}`)
	require.Equal(t, []string{"$x", "$y"}, f.of("!room"))
	require.EqualValues(t, 1, f.Stats().Undecodable)
	require.NotContains(t, f.logs.String(), "88442211")
}

// TestUnknownEventsPass: a type without a handler and unknown keys are no errors, and
// a row holds its event byte for byte.
func TestUnknownEventsPass(t *testing.T) {
	f := start(t)
	odd := `{"type":"org.example.new",  "event_id":"$n","room_id":"!room","content":{"a":1}}`
	f.ok("1", `{"events":[`+odd+`],"org.example.key":5}`)
	require.Equal(t, []string{odd}, f.payloads("!room"))
	require.Zero(t, f.Stats().Undecodable)
}

// TestRowsNameWhatTheyAreAbout: with it, an edit waits for the message that it changes.
func TestRowsNameWhatTheyAreAbout(t *testing.T) {
	long := strings.Repeat("x", 3000)
	for name, tc := range map[string]struct{ event, about string }{
		"a message":           {message("room", "a"), ""},
		"an edit":             {`{"type":"m.room.message","event_id":"$e","room_id":"!room","content":{"body":"","m.relates_to":{"rel_type":"m.replace","event_id":"$old"}}}`, "$old"},
		"encrypted":           {`{"type":"m.room.encrypted","event_id":"$e","room_id":"!room","content":{"m.relates_to":{"rel_type":"m.thread","event_id":"$old"}}}`, "$old"},
		"a reaction":          {`{"type":"m.reaction","event_id":"$e","room_id":"!room","content":{"m.relates_to":{"rel_type":"m.annotation","event_id":"$old","key":"+"}}}`, "$old"},
		"a redaction":         {`{"type":"m.room.redaction","event_id":"$e","room_id":"!room","redacts":"$old","content":{}}`, "$old"},
		"one of newer rooms":  {`{"type":"m.room.redaction","event_id":"$e","room_id":"!room","content":{"redacts":"$old"}}`, "$old"},
		"about a zero byte":   {`{"type":"org.example.a","event_id":"$e","room_id":"!room","content":{"m.relates_to":{"event_id":"$o\u0000"}}}`, ""},
		"about half a letter": {`{"type":"org.example.a","event_id":"$e","room_id":"!room","content":{"m.relates_to":{"event_id":"$o\ud800"}}}`, "$o\ufffd"},
		"about a novel":       {`{"type":"org.example.a","event_id":"$e","room_id":"!room","content":{"m.relates_to":{"event_id":"` + long + `"}}}`, ""},
		"about a list":        {`{"type":"org.example.a","event_id":"$e","room_id":"!room","content":{"m.relates_to":["$old"]}}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			f.put(tc.event)
			rows := f.rows()
			require.Len(t, rows, 1)
			require.Equal(t, tc.about, rows[0].About)
			require.Equal(t, rows[0].Key, rows[0].Self)
		})
	}
}

func TestRepeatedTransactions(t *testing.T) {
	f := start(t)
	f.ok("1", transaction(message("room", "a"), message("room", "b")))
	f.ok("1", transaction(message("room", "a"), message("room", "b")))
	require.EqualValues(t, 1, f.Stats().Repeated)

	// A homeserver that got no answer puts the events into a new transaction.
	f.ok("2", transaction(message("room", "b"), message("room", "c"), message("room", "c")))
	// An empty transaction, twice.
	f.ok("3", transaction())
	f.ok("3", transaction())
	// A homeserver that lost its database counts from 1 again.
	f.ok("1", transaction(message("room", "d")))

	require.Equal(t, []string{"$room-a", "$room-b", "$room-c", "$room-d"}, f.of("!room"))
	stats := f.Stats()
	require.EqualValues(t, 1, stats.Repeated)
	require.EqualValues(t, 4, stats.Events)
	require.EqualValues(t, 4, stats.Known)
}

// TestRepeatedAfterARestart: what a process before this one has answered, or only
// stored, is known.
func TestRepeatedAfterARestart(t *testing.T) {
	pool := sqlite(t)
	body := `{"events":[` + message("room", "a") + `],"to_device":[` + toDevice + `]}`
	t.Run("before", func(t *testing.T) {
		f := newFixture(t, pool)
		f.Ready()
		require.Equal(t, http.StatusOK, f.inject("7", body).Code)
	})
	f := newFixture(t, pool)
	f.Ready()
	require.Equal(t, http.StatusOK, f.inject("7", body).Code)
	require.EqualValues(t, 1, f.Stats().Repeated)
	require.Len(t, f.rows(), 2)
}

// TestReceivedIsToldWhatWasAnswered: the events of an answered transaction, echoes and
// known ones included, and of no other.
func TestReceivedIsToldWhatWasAnswered(t *testing.T) {
	var told [][]string
	away := errors.New("the database is away")
	f := start(t, func(cfg *matrixin.Config) {
		put := cfg.Put
		cfg.Put = func(ctx context.Context, batch inbox.Batch) (int, error) {
			if away != nil {
				return 0, away
			}
			return put(ctx, batch)
		}
		cfg.Received = func(events []*event.Event) {
			ids := []string{}
			for _, evt := range events {
				ids = append(ids, evt.ID.String())
			}
			told = append(told, ids)
		}
	})
	body := transaction(message("room", "a"), `7`, state(bot, "org.example.sign", "", `{}`))
	f.refused("1", body)
	require.Empty(t, told)
	require.Zero(t, f.Stats().Echoes)
	require.Zero(t, f.Stats().Undecodable, "nothing is counted twice")
	away = nil
	f.ok("1", body)
	f.ok("1", body)
	f.ok("2", transaction())
	both := []string{"$room-a", "$org.example.sign"}
	require.Equal(t, [][]string{both, both, {}}, told)
}

// TestStore stores what was read from a room, as if a transaction had brought it.
func TestStore(t *testing.T) {
	f := start(t)
	f.put(message("room", "a"))
	store := func() int {
		fresh, err := f.Store(t.Context(), []json.RawMessage{
			json.RawMessage(message("room", "a")), json.RawMessage(`7`), json.RawMessage(message("room", "b")),
			json.RawMessage(state(ann, "m.room.encryption", "", megolm)), json.RawMessage(state(bot, "m.room.topic", "", `{}`)),
		})
		require.NoError(t, err)
		return fresh
	}
	require.Equal(t, 2, store())
	require.Zero(t, store())
	f.put(message("room", "b"))
	rows := f.rows()
	require.Len(t, rows, 3)
	require.Equal(t, []string{matrixevent.KindEvent, matrixevent.KindRecovered, matrixevent.KindRecovered}, []string{rows[0].Kind, rows[1].Kind, rows[2].Kind})
	require.True(t, f.encrypted("!room"))
	f.closeIn(soon)
	_, err := f.Store(t.Context(), []json.RawMessage{json.RawMessage(message("room", "late"))})
	require.ErrorContains(t, err, "stopping")
}

// TestStartHoldsTransactions: what comes while the bridge starts waits for it,
// and pings are answered meanwhile.
func TestStartHoldsTransactions(t *testing.T) {
	f := newFixture(t, sqlite(t))
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
	require.Equal(t, []string{"$room-a"}, f.of("!room"))
}

func TestStartRefusesAfterAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, sqlite(t))
		begun := time.Now()
		w := f.inject("1", transaction(message("room", "a")))
		require.Equal(t, http.StatusServiceUnavailable, w.Code)
		require.Equal(t, "M_UNKNOWN", errcode(t, w.Body.String()))
		require.Contains(t, w.Body.String(), "starting")
		require.Equal(t, 10*time.Second, time.Since(begun))

		f.Ready()
		require.Equal(t, http.StatusOK, f.inject("1", transaction(message("room", "a"))).Code)
		require.Equal(t, []string{"$room-a"}, f.of("!room"))
	})
}

// FuzzTransaction: no body makes the server panic, each gets one of the answers that a
// homeserver understands, and what is stored is an event that can be read again.
func FuzzTransaction(f *testing.F) {
	for _, seed := range []string{
		transaction(message("room", "a")), `{"events":[null,{"type":"m.room.member","state_key":"@a:b","room_id":"!r","content":{}}]}`,
		`{"ephemeral":[{"type":"m.typing","room_id":"!r","content":{"user_ids":[]}}],"to_device":[{}],"device_lists":{}}`, `[]`, ``,
		transaction(state(ann, "m.room.encryption", "", megolm), join, state(ann, "m.room.power_levels", "", `{"users":{"a":"b"}}`)),
		`{"events":[{"type":"m.room.create","event_id":"$a\u0000","room_id":"!r\ud800","state_key":"","content":{"a":1e400}}]}`,
		`{"events":[{"type":"m.room.message","event_id":"$a","room_id":"!r","sender":"@a:b","content":{"msgtype":"m.text","body":{}}}]}`,
	} {
		f.Add(seed)
	}
	s := newFixture(f, sqlite(f))
	s.Ready()
	ctx, cancel := context.WithCancel(f.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- s.box.Run(ctx, matrixevent.Source, readAgain, inbox.Policy{Transient: func(error) (time.Duration, bool) { return 0, false }})
	}()
	f.Cleanup(func() {
		cancel()
		require.NoError(f, <-ended)
	})
	f.Fuzz(func(t *testing.T, body string) {
		s.t = t
		w := s.inject("1", body)
		require.Contains(t, []int{http.StatusOK, http.StatusBadRequest}, w.Code)
		require.Equal(t, w.Code, s.inject("1", body).Code)
		require.Eventually(t, func() bool { return s.box.Waiting(matrixevent.Source) == 0 }, soon, time.Millisecond)
		require.Zero(t, s.box.Stats().Parked, "a row that cannot be read again is parked")
	})
}

// readAgain handles a row as far as decoding goes. What a person says and cannot be read has a
// row on purpose: its sender is told.
func readAgain(_ context.Context, row *inbox.Attempt) error {
	switch row.Kind {
	case matrixevent.KindEvent:
		evt, err := matrixevent.Parse(row.Payload)
		if errors.Is(err, matrixevent.ErrSaid) {
			err = nil
		}
		if err != nil || evt.ID.String() != row.Key {
			return inbox.Park(errors.New("it is not the event"))
		}
	case matrixevent.KindToDevice:
		if _, err := matrixevent.ParseToDevice(row.Payload); err != nil {
			return inbox.Park(err)
		}
	case matrixevent.KindKeys:
		if err := json.Unmarshal(row.Payload, new(appservice.Transaction)); err != nil {
			return inbox.Park(err)
		}
	}
	return nil
}
