package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
)

// TestWhatPassesIsTriedUntilItDoes: the same errors are transient in both directions.
func TestWhatPassesIsTriedUntilItDoes(t *testing.T) {
	postgres := func(code string) error { return &pq.Error{Code: pqerror.Code(code), Message: "no"} }
	answered := func(status int) error {
		return mautrix.HTTPError{Response: &http.Response{StatusCode: status}}
	}
	for name, tc := range map[string]struct {
		err    error
		passes bool
	}{
		"PostgreSQL restarts":                 {postgres("57P01"), true},
		"PostgreSQL starts":                   {postgres("57P03"), true},
		"a locked file":                       {sqlite3.Error{Code: sqlite3.ErrBusy}, true},
		"the framework's word for either":     {fmt.Errorf("%w: %w", bridgev2.ErrDatabaseError, postgres("57P01")), true},
		"the framework could not load a user": {bridgev2.ErrFailedToGetIntent, true},
		"a row that can never be stored":      {fmt.Errorf("%w: %w", bridgev2.ErrDatabaseError, postgres("23505")), false},
		"the bridge stops":                    {fmt.Errorf("bridge shutting down: %w", context.Canceled), true},
		"nothing listens":                     {&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, true},
		"the homeserver is overloaded":        {answered(http.StatusServiceUnavailable), true},
		"the homeserver wants patience":       {answered(http.StatusTooManyRequests), true},
		"the homeserver refuses":              {answered(http.StatusForbidden), false},
		"anything else":                       {errors.New("odd"), false},
	} {
		t.Run(name, func(t *testing.T) {
			err := fmt.Errorf("handle it: %w", tc.err)
			_, passes := transient(err)
			require.Equal(t, tc.passes, passes)
		})
	}
}

// TestAMessageWaitsForTheDatabase has the database fail where the framework would drop
// the message with a notice.
func TestAMessageWaitsForTheDatabase(t *testing.T) {
	w := newWorld(t)
	w.room()
	exec := func(query string) {
		_, err := w.bridge.DB.Exec(t.Context(), query)
		require.NoError(t, err)
	}
	exec("ALTER TABLE user_portal RENAME TO away")
	evt := w.write("$m1", "@ann:test", "hello")
	require.Error(t, w.receive(evt))
	exec("ALTER TABLE away RENAME TO user_portal")
	require.NoError(t, w.receive(evt))
	require.Equal(t, []string{"hello"}, w.api.posted(t))
	require.Empty(t, w.home.said())
}

// TestWhatTheBridgeItselfSaidTakesNoTurn delivers the bridge's own messages to it, as the
// homeserver does with everything in its rooms.
func TestWhatTheBridgeItselfSaidTakesNoTurn(t *testing.T) {
	w := newWorld(t)
	for _, self := range []*event.Event{
		w.write("$m1", "@slack_t1-u1:test", "from Slack"), w.write("$m2", "@slackbot:test", "a notice"),
	} {
		require.True(t, w.slack.ignores(self))
	}
	require.False(t, w.slack.ignores(w.write("$m3", "@ann:test", "from Matrix")))
}

// remembersPosts has Slack show what the bridge has posted, with its metadata.
func (w *world) remembersPosts() {
	var mu sync.Mutex
	var posts []answer
	w.api.onCall(func(c call) answer {
		mu.Lock()
		defer mu.Unlock()
		switch c.method {
		case "chat.postMessage":
			var metadata answer
			require.NoError(w, json.Unmarshal([]byte(c.form.Get("metadata")), &metadata))
			ts := postTS(len(posts) + 1)
			posts = append(posts, answer{"type": "message", "user": botID, "bot_id": "B" + botID, "app_id": "A" + botID, "text": c.form.Get("text"), "ts": ts, "metadata": metadata})
			return answer{"ts": ts}
		case "conversations.replies", "conversations.history":
			return answer{"messages": posts}
		}
		return nil
	})
}

// exec changes the database behind the bridge's back.
func (w *world) exec(query string) {
	w.Helper()
	_, err := w.bridge.DB.Exec(w.Context(), query)
	require.NoError(w, err)
}
