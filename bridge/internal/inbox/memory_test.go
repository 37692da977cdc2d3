package inbox_test

import (
	"bytes"
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestMemoryIsBounded puts much while nothing runs, and then has it handled.
func TestMemoryIsBounded(t *testing.T) {
	const rows, batch = 20_000, 500
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		payload := bytes.Repeat([]byte("x"), 2000)
		for n := 0; n < rows; n += batch {
			var put []inbox.Row
			for i := range batch {
				put = append(put, inbox.Row{Source: "matrix", Key: fmt.Sprint(n + i), Lane: fmt.Sprint((n + i) % 100), Payload: payload})
			}
			b.put(put...)
		}
		within := func() {
			counted, actual := b.Cached()
			require.Equal(t, actual, counted)
			require.LessOrEqual(t, counted, inbox.CacheMax+64*3000) // what is being handled is there in any case
		}
		within()
		require.Equal(t, rows, b.Waiting("matrix"))

		var handled, bad atomic.Int64
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- b.Run(ctx, "matrix", func(ctx context.Context, a *inbox.Attempt) error {
				if !bytes.Equal(a.Payload, payload) {
					bad.Add(1)
				}
				if n := handled.Add(1); n%1000 == 0 {
					if err := a.Keep(ctx, payload); err != nil { // what is kept counts as well
						return err
					}
					within()
				}
				return nil
			}, inbox.Policy{Workers: 16, Transient: transient})
		}()
		b.idle("matrix")
		cancel()
		require.NoError(t, <-ended)
		require.EqualValues(t, rows, handled.Load())
		require.Zero(t, bad.Load())
		require.Less(t, b.Stats().Pages, int64(rows/4), "a backlog is read in pages")
		counted, actual := b.Cached()
		require.Zero(t, counted)
		require.Zero(t, actual)
		require.NoError(t, b.Close(t.Context()))
		require.Empty(t, b.list())
	})
}

// TestFileDoesNotGrow: the pages of rows that are done are used again.
func TestFileDoesNotGrow(t *testing.T) {
	const rounds, each, size = 20, 1000, 2000
	b := newSQLite(t).box(t)
	h := func(context.Context, *inbox.Attempt) error { return nil }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- b.Run(ctx, "matrix", h, inbox.Policy{}) }()
	var pages, first, last int
	for round := range rounds {
		var put []inbox.Row
		for n := range each {
			put = append(put, inbox.Row{Source: "matrix", Key: fmt.Sprint(round, ".", n), Lane: fmt.Sprint(n % 10), Payload: make([]byte, size)})
		}
		b.put(put...)
		b.idle("matrix")
		b.marked()
		require.NoError(t, b.db.QueryRow(t.Context(), "PRAGMA page_count").Scan(&pages))
		if last = pages; round == 1 {
			first = pages
		}
	}
	cancel()
	require.NoError(t, <-ended)
	// The keys of what is done are kept; rows of the second round fit into the pages
	// of the first.
	const keys = rounds * each * 64 / 4096
	require.LessOrEqual(t, last, first+keys)
	require.Less(t, last*4096, rounds*each*size/8)
}
