package inbox_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/inbox"
)

// BenchmarkPutAndDone stores and finishes rows of 2 kB: with the inbox, and with one
// commit for each row and one for each mark, as flushed as the inbox's.
func BenchmarkPutAndDone(b *testing.B) {
	payload := make([]byte, 2000)
	for name, make := range map[string]func(testing.TB) database{"sqlite": newSQLite, "postgres": newPostgres} {
		for _, senders := range []int{1, 64} {
			b.Run(fmt.Sprintf("%s/%d/inbox", name, senders), func(b *testing.B) {
				box, err := inbox.Open(b.Context(), inbox.Options{DB: make(b).open(b)})
				require.NoError(b, err)
				ctx, cancel := context.WithCancel(b.Context())
				ended := sync.WaitGroup{}
				ended.Go(func() {
					_ = box.Run(ctx, "matrix", func(context.Context, *inbox.Attempt) error { return nil }, inbox.Policy{})
				})
				spread(b, senders, func(n int64) error {
					_, err := box.Put(ctx, inbox.Row{Source: "matrix", Key: fmt.Sprint(n), Lane: fmt.Sprint(n % 10), Payload: payload})
					return err
				})
				cancel()
				ended.Wait()
				require.NoError(b, box.Close(context.Background()))
				b.ReportMetric(float64(box.Stats().Commits)/float64(b.N), "commits/row")
			})
			b.Run(fmt.Sprintf("%s/%d/commit-per-row", name, senders), func(b *testing.B) {
				db := make(b).open(b)
				if db.Dialect == dbutil.SQLite {
					db.RawDB.SetMaxOpenConns(1)
					_, err := db.Exec(b.Context(), "PRAGMA synchronous=FULL")
					require.NoError(b, err)
				}
				_, err := db.Exec(b.Context(), `CREATE TABLE rows (id BIGINT PRIMARY KEY, source TEXT, key TEXT, lane TEXT, payload BYTEA, done_ms BIGINT, UNIQUE (source, key))`)
				require.NoError(b, err)
				spread(b, senders, func(n int64) error {
					_, err := db.Exec(b.Context(), "INSERT INTO rows (id, source, key, lane, payload) VALUES ($1, 'matrix', $2, $3, $4) ON CONFLICT (source, key) DO NOTHING",
						n, fmt.Sprint(n), fmt.Sprint(n%10), payload)
					if err == nil {
						_, err = db.Exec(b.Context(), "UPDATE rows SET done_ms=1, payload=NULL WHERE id=$1", n)
					}
					return err
				})
			})
		}
	}
}

// spread has b.N steps taken by as many goroutines as there are senders.
func spread(b *testing.B, senders int, step func(n int64) error) {
	var next atomic.Int64
	var sending sync.WaitGroup
	b.ResetTimer()
	for range senders {
		sending.Go(func() {
			for n := next.Add(1); n <= int64(b.N); n = next.Add(1) {
				if err := step(n); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	sending.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
