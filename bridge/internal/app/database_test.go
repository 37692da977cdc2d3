package app

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/exit"
)

// TestDatabaseIsWaitedFor has databases that come later, never, and those for
// which waiting is of no use.
func TestDatabaseIsWaitedFor(t *testing.T) {
	refused := func(code exit.Code, what string) error {
		return &database.Error{Code: code, Server: true, File: "config.yaml", What: what, Cure: "start it"}
	}
	away, starting := refused(exit.Unavailable, "connection refused"), refused(exit.TryAgain, "starting up")
	for name, tc := range map[string]struct {
		answers []error // those after the last are as the last
		stopped time.Duration
		err     error
		took    time.Duration
		said    []string
	}{
		"there":         {answers: []error{nil}},
		"there later":   {answers: []error{away, away, starting, nil}, took: 3 * time.Second, said: []string{away.Error(), starting.Error()}},
		"never there":   {answers: []error{away}, err: away, took: time.Minute, said: []string{away.Error()}},
		"no way in":     {answers: []error{away, refused(exit.Refused, "password")}, err: refused(exit.Refused, "password"), took: time.Second, said: []string{away.Error()}},
		"a broken file": {answers: []error{&database.Error{Code: exit.Unavailable, What: "disk I/O error"}}, err: &database.Error{Code: exit.Unavailable, What: "disk I/O error"}},
		"in use":        {answers: []error{&database.Error{Code: exit.Unavailable, Server: true, Err: database.ErrInUse}}, err: &database.Error{Code: exit.Unavailable, Server: true, Err: database.ErrInUse}},
		"told to stop":  {answers: []error{away}, stopped: 1500 * time.Millisecond, err: away, took: 1500 * time.Millisecond, said: []string{away.Error()}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, stop := context.WithCancel(t.Context())
				defer stop()
				if tc.stopped > 0 {
					time.AfterFunc(tc.stopped, stop)
				}
				var said []string
				want, asked, begin := &database.Locked{}, 0, time.Now()
				db, err := awaitDatabase(ctx, time.Minute, func(context.Context) (*database.Locked, error) {
					answer := tc.answers[min(asked, len(tc.answers)-1)]
					asked++
					if answer != nil {
						return nil, answer
					}
					return want, nil
				}, func(reason string) { said = append(said, reason) })
				require.Equal(t, tc.err, err)
				if tc.err == nil {
					require.Same(t, want, db)
				}
				require.Equal(t, tc.took, time.Since(begin))
				require.Equal(t, tc.said, said)
			})
		})
	}
}
