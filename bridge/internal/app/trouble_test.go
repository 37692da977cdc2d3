package app

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
)

func TestTroublesOfAStatus(t *testing.T) {
	now := time.Now()
	delivers := operator.HomeserverStatus{Delivers: true, Proven: now}
	for name, tc := range map[string]struct {
		status operator.Status
		want   []string
	}{
		"all is well":                     {operator.Status{Phase: operator.Up, Homeserver: delivers}, nil},
		"it starts":                       {operator.Status{Phase: operator.Starting}, nil},
		"nothing is known yet":            {operator.Status{Phase: operator.Up, Homeserver: operator.HomeserverStatus{Waiting: now.Add(-time.Hour)}}, nil},
		"the homeserver is restarted":     {operator.Status{Phase: operator.Up, Homeserver: operator.HomeserverStatus{Proven: now.Add(-time.Hour), Waiting: now.Add(-time.Minute)}}, nil},
		"the homeserver delivers no more": {operator.Status{Phase: operator.Up, Homeserver: operator.HomeserverStatus{Proven: now.Add(-time.Hour), Waiting: now.Add(-5 * time.Minute)}}, []string{"delivery"}},
		"the database is away":            {operator.Status{Phase: operator.Up, Homeserver: delivers, Incomplete: "the database does not answer"}, []string{"database"}},
	} {
		t.Run(name, func(t *testing.T) {
			var names []string
			for _, found := range troublesIn(tc.status, now) {
				names = append(names, found.Name)
			}
			require.Equal(t, tc.want, names)
		})
	}
}

func TestFullDisks(t *testing.T) {
	free := func(folder string) (free, disk uint64, err error) {
		if folder == "/gone" {
			return 0, 0, errors.New("no such folder")
		}
		return map[string]uint64{"/full": 5 << 20, "/low": 500 << 20}[folder], 1, nil
	}
	require.Empty(t, fullDisks([]string{"/gone", "/low"}, free))
	found := fullDisks([]string{"/low", "/full", "/full"}, free)
	require.Len(t, found, 1)
	require.Equal(t, "The disk is full: 5 MiB are free at /full", found[0].Line)
}
