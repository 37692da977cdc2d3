package inbox_test

import (
	"context"
	"embed"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/inbox"
)

func TestUnusableTables(t *testing.T) {
	const version = "CREATE TABLE slack_inbox_version (version INTEGER, compat INTEGER); "
	for name, tc := range map[string]struct{ sql, want string }{
		"newer version":        {version + "INSERT INTO slack_inbox_version VALUES (99, 98)", "used by a newer slack-bridge"},
		"unreadable version":   {"CREATE TABLE slack_inbox_version (version TEXT, compat INTEGER); INSERT INTO slack_inbox_version VALUES ('what', 1)", "version table slack_inbox_version"},
		"foreign table":        {"CREATE TABLE slack_inbox (words TEXT)", "prepare the tables of the inbox"},
		"version without rows": {version + "INSERT INTO slack_inbox_version VALUES (2, 1)", "the table slack_inbox cannot be read"},
		"other columns":        {version + "INSERT INTO slack_inbox_version VALUES (2, 1); CREATE TABLE slack_inbox (id INTEGER)", "the table slack_inbox cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			onBoth(t, func(t *testing.T, at database) {
				db := at.open(t)
				_, err := db.Exec(t.Context(), tc.sql)
				require.NoError(t, err)
				_, err = inbox.Open(t.Context(), inbox.Options{DB: db})
				require.ErrorContains(t, err, tc.want)
			})
		})
	}
}

//go:embed testdata/journal/*.sql
var journalFiles embed.FS

// makeJournal makes the tables of the journal as it did.
func makeJournal(t *testing.T, db *dbutil.Database) {
	t.Helper()
	upgrades := dbutil.BuildUpgradeTable().WithFSPath(journalFiles, "testdata/journal").Finish()
	require.NoError(t, db.Child("slack_journal_version", upgrades, nil).Upgrade(t.Context()))
}

// TestTakesOverTheJournal: rows that wait, in order and with their payloads; the keys of
// those that are done; and nothing is left of it.
func TestTakesOverTheJournal(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		db := at.open(t)
		makeJournal(t, db)
		arrived := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)
		for n := range 9 {
			_, err := db.Exec(t.Context(), "INSERT INTO slack_journal (source, key, lane, payload, arrived_ms) VALUES ($1, $2, $3, $4, $5)",
				"T1-B1", fmt.Sprint("Ev", n), fmt.Sprint("C", n%2), []byte(fmt.Sprint("payload of Ev", n)), arrived.UnixMilli())
			require.NoError(t, err)
		}
		_, err := db.Exec(t.Context(), "UPDATE slack_journal SET done_ms=$1, payload=NULL WHERE key IN ('Ev0', 'Ev3', 'Ev8')", arrived.Add(time.Minute).UnixMilli())
		require.NoError(t, err)
		_, err = db.Exec(t.Context(), "INSERT INTO slack_journal (source, key, lane, arrived_ms) VALUES ('T1-B1', 'no payload', '', $1)", arrived.UnixMilli())
		require.NoError(t, err)

		b := boxOn(t, db, nil)
		require.Equal(t, []string{"Ev1", "Ev2", "Ev4", "Ev5", "Ev6", "Ev7", "no payload"}, b.list())
		first, err := b.Get(t.Context(), b.id("Ev1"))
		require.NoError(t, err)
		require.Equal(t, inbox.Row{
			ID: 2, Source: "slack:T1-B1", Key: "Ev1", Lane: "T1/C1", Kind: "event", Payload: []byte("payload of Ev1"), Arrived: arrived,
		}, first.Row)
		for n := range 9 {
			fresh, err := b.Put(t.Context(), inbox.Row{Source: "slack:T1-B1", Key: fmt.Sprint("Ev", n), Lane: "T1/C1"})
			require.NoError(t, err)
			require.Zero(t, fresh, n)
		}
		for _, table := range []string{"slack_journal", "slack_journal_version"} {
			exists, err := db.TableExists(t.Context(), table)
			require.NoError(t, err)
			require.False(t, exists, table)
		}
		b.put(inbox.Row{Source: "slack:T1-B1", Key: "new", Lane: "T1/C1"})
		require.Greater(t, b.id("new"), b.id("no payload"))

		var order []string
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- b.Run(ctx, "slack:T1-B1", func(_ context.Context, a *inbox.Attempt) error {
				order = append(order, a.Key)
				if !a.Unsure && a.Key != "new" {
					t.Errorf("%s may have been handled by the earlier version", a.Key)
				}
				return nil
			}, inbox.Policy{Workers: 1})
		}()
		b.idle("slack:T1-B1")
		cancel()
		require.NoError(t, <-ended)
		require.Len(t, order, 8)
		b.close()

		b = at.box(t)
		require.Empty(t, b.list(), "a second start finds nothing to take over")
	})
}
