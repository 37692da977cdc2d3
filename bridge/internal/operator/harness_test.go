package operator_test

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"
	_ "go.mau.fi/util/dbutil/litestream"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/operator"
)

// aToken is shaped like one of Slack's.
const aToken = "xoxb-" + "1111-2222-operatorsee"

// names calls a lane by its name in capitals. Rows of kind "command" are shown to no one.
type names struct{}

func (names) Where(_ context.Context, row inbox.Row) (string, error) {
	return strings.ToUpper(row.Lane), nil
}

// Waits says what lane "history" waits for.
func (names) Waits(_ context.Context, row inbox.Row) (string, error) {
	if row.Lane == "history" {
		return "40 of 150 messages", nil
	}
	return "", nil
}

func (names) Content(_ context.Context, row inbox.Row) (string, error) {
	if row.Kind == "command" {
		return "", operator.Withheld("it is a command")
	}
	return string(row.Payload), nil
}

// filled is an inbox on SQLite with, in the order of their ids: a message that is parked,
// an edit of it that is parked with it, a command that waits, and a message that waits.
func filled(t *testing.T) (*inbox.Inbox, operator.Desk) {
	t.Helper()
	db, err := dbutil.NewWithDialect("file:"+filepath.Join(t.TempDir(), "bridge.db")+"?_txlock=immediate", "sqlite3-fk-wal")
	require.NoError(t, err)
	box, err := inbox.Open(t.Context(), inbox.Options{DB: db})
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, box.Close(context.Background()))
		require.NoError(t, db.Close())
	})
	_, err = box.Put(t.Context(),
		inbox.Row{Source: "one", Key: "first", Lane: "general", Kind: "message", Self: "first", Payload: []byte("hello " + aToken)},
		inbox.Row{Source: "one", Key: "edit", Lane: "general", Kind: "message", About: "first", Payload: []byte("hallo")})
	require.NoError(t, err)
	park(t, box, 2)
	_, err = box.Put(t.Context(),
		inbox.Row{Source: "one", Key: "command", Lane: "bot", Kind: "command", Payload: []byte("login " + aToken)},
		inbox.Row{Source: "one", Key: "second", Lane: "general", Kind: "message", Payload: []byte("second")})
	require.NoError(t, err)
	return box, operator.Desk{Box: func() *inbox.Inbox { return box }, Names: names{}}
}

// park handles the rows of source "one" until so many are parked.
func park(t *testing.T, box *inbox.Inbox, rows int) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		ended <- box.Run(ctx, "one", func(context.Context, *inbox.Attempt) error {
			return inbox.Park(errors.New("the ghost is banned " + aToken))
		}, inbox.Policy{})
	}()
	require.Eventually(t, func() bool {
		there, err := box.List(t.Context())
		require.NoError(t, err)
		return len(slices.DeleteFunc(there, func(row inbox.Parked) bool { return row.Since.IsZero() })) == rows
	}, time.Minute, time.Millisecond)
	stop()
	require.NoError(t, <-ended)
}

// serve has a desk answer at a socket until the test ends.
func serve(t *testing.T, path string, desk operator.Inbox) *operator.Server {
	t.Helper()
	server, err := operator.Listen(path)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		ended <- server.Serve(operator.Verbs{
			Inbox:  desk,
			Status: func(context.Context) (operator.Status, error) { return fine(), nil },
			Erase: func(_ context.Context, person string) (string, error) {
				if person != "@ada & ben:test" {
					return "", exit.New(exit.Usage, "%q names no person", person)
				}
				return "it is done", nil
			},
			SelfTest: func(_ context.Context, patience time.Duration) operator.SelfTest {
				return operator.SelfTest{Posted: true, TookMS: patience.Milliseconds()}
			},
		}, zap.NewNop())
	}()
	t.Cleanup(func() {
		require.NoError(t, server.Close(context.Background()))
		require.NoError(t, <-ended)
	})
	return server
}
