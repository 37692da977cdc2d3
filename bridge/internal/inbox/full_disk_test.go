package inbox_test

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/mattn/go-sqlite3"
	"github.com/stretchr/testify/require"
	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/inbox"
)

// disk is where an SQLite database is whose COMMIT fails while the disk is full, as it does
// in WAL mode: the statements before it need no room. A transaction that wrote nothing needs
// none either.
type disk struct{ full atomic.Bool }

func (d *disk) open(t *testing.T) *dbutil.Database {
	return openConnector(t, onDisk{connector{path: t.TempDir() + "/bridge.db"}, d})
}

// onDisk opens SQLite on a disk.
type onDisk struct {
	connector
	disk *disk
}

func (o onDisk) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := o.connector.Connect(ctx)
	if err == nil {
		o.disk.watch(conn.(*sqlite3.SQLiteConn))
	}
	return conn, err
}

func (d *disk) watch(conn *sqlite3.SQLiteConn) {
	wrote := false // the connection's own: it is used by one goroutine at a time
	conn.RegisterUpdateHook(func(int, string, string, int64) { wrote = true })
	conn.RegisterRollbackHook(func() { wrote = false })
	conn.RegisterCommitHook(func() int {
		refused := 0
		if wrote && d.full.Load() {
			refused = 1
		}
		wrote = false
		return refused
	})
}

// TestHandledOnceOnAFullDisk has the commit fail that carries the mark of a row, with a row that
// is put: the first is not handled again.
func TestHandledOnceOnAFullDisk(t *testing.T) {
	disk := &disk{}
	b := boxOn(t, disk.open(t), nil)
	h := &handler{}
	var fill sync.Once
	h.on("posted", func(context.Context, *inbox.Attempt) error {
		fill.Do(func() { disk.full.Store(true) })
		return nil
	})
	b.put(row("C1", "posted"))
	b.run("matrix", h, inbox.Policy{})
	b.idle("matrix")
	_, err := b.Put(t.Context(), row("C1", "refused"))
	require.ErrorIs(t, err, dbutil.ErrTxnCommit)
	_, err = b.Put(t.Context(), row("C2", "refused as well"))
	require.ErrorIs(t, err, dbutil.ErrTxnCommit)
	disk.full.Store(false)
	b.put(row("C1", "stored"))
	b.idle("matrix")
	b.marked()
	require.Equal(t, []string{"posted", "stored"}, h.handled())
}

// TestHandledOnceOnADiskThatFillsAgainAndAgain fails commits at any moment of many rows, of
// which some are superseded.
func TestHandledOnceOnADiskThatFillsAgainAndAgain(t *testing.T) {
	const lanes, each = 16, 20
	disk := &disk{}
	b := boxOn(t, disk.open(t), nil)
	h := &handler{}
	for lane := range lanes {
		for n := range each {
			r := row(fmt.Sprint(lane), fmt.Sprint(lane, ".", n))
			if n%4 == 1 {
				r.Kind = "reading"
				h.on(r.Key, func(ctx context.Context, a *inbox.Attempt) error {
					_, err := b.Supersede(ctx, a, b.Last(a.Source, a.Lane), func(inbox.Row) bool { return true })
					return err
				})
			}
			b.put(r)
		}
	}
	b.run("matrix", h, inbox.Policy{})
	for n := 0; b.Waiting("matrix") > 0; n++ {
		disk.full.Store(true)
		_, err := b.Put(t.Context(), row("another", fmt.Sprint("refused ", n)))
		require.ErrorIs(t, err, dbutil.ErrTxnCommit)
		disk.full.Store(false)
		b.put(row("another", fmt.Sprint("stored ", n)))
	}
	b.marked()
	seen := map[string]int{}
	for _, key := range h.handled() {
		seen[key]++
	}
	for key, times := range seen {
		require.Equal(t, 1, times, key)
	}
}
