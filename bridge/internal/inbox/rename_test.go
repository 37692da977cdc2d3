package inbox_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestRename has a handler rename what rows in two lanes are about: those that wait, those
// that are parked, and the keys of those that are done.
func TestRename(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		named := func(lane, key, self, about string) inbox.Row {
			r := row(lane, key)
			r.Self, r.About = self, about
			return r
		}
		b.put(named("old", "message old 1", "old 1", ""), named("old", "message old 2", "old 2", ""), row("old", "rename"),
			named("old", "message old 3", "old 3", "old 1"), named("old", "left", "", ""), named("old/beside", "read old 4", "", ""), named("other", "message older 5", "older 5", ""))
		h := &handler{}
		h.fails("message old 1", inbox.Park(errors.New("no use")))
		renaming := inbox.Renaming{
			Lanes: map[string]string{"old": "new", "old/beside": "new/beside"}, Old: "old", New: "new",
			Content: func(r inbox.Row) (payload, progress []byte, ok bool) {
				return bytes.ReplaceAll(r.Payload, []byte(" old "), []byte(" new ")), nil, r.Key != "left"
			},
			Also: func(context.Context) error { return errors.New("not now") },
		}
		for _, key := range []string{"read old 4", "read new 4"} {
			h.fails(key, inbox.Later(time.Hour, errors.New("it waits")))
		}
		h.on("rename", func(ctx context.Context, a *inbox.Attempt) error {
			require.ErrorContains(t, b.Rename(ctx, a, renaming), "not now")
			row, err := b.Get(ctx, b.id("message old 3"))
			require.NoError(t, err)
			require.Equal(t, "payload of message old 3", string(row.Payload))
			renaming.Also = func(context.Context) error { return nil }
			return b.Rename(ctx, a, renaming)
		})
		stop := b.run("matrix", h, inbox.Policy{Workers: 1})
		pass(time.Minute)
		stop()
		require.ElementsMatch(t, []string{"message old 2", "rename", "left", "message older 5"}, h.handled())
		rows, err := b.List(t.Context())
		require.NoError(t, err)
		require.Len(t, rows, 3)
		require.Equal(t, []string{"message new 1", "new 1", "new"}, []string{rows[0].Key, rows[0].Self, rows[0].Lane})
		require.Equal(t, []string{"message new 3", "new 3", "new 1", "new"}, []string{rows[1].Key, rows[1].Self, rows[1].About, rows[1].Lane})
		require.Equal(t, rows[0].ID, rows[1].With, "what it is about is parked")
		require.Equal(t, []string{"read new 4", "new/beside"}, []string{rows[2].Key, rows[2].Lane})
		row, err := b.Get(t.Context(), rows[0].ID)
		require.NoError(t, err)
		require.Equal(t, "payload of message new 1", string(row.Payload))

		fresh, err := b.Put(t.Context(), named("new", "message new 2", "", ""), named("new", "message new 1", "", ""))
		require.NoError(t, err)
		require.Zero(t, fresh, "the keys of what was there are renamed too")
		h.succeeds("message new 1")
		_, err = b.RetrySource(t.Context(), "matrix", "no use")
		require.NoError(t, err)
		stop = b.run("matrix", h, inbox.Policy{Workers: 1})
		pass(time.Minute)
		stop()
		require.Subset(t, h.handled(), []string{"message new 1", "message new 3"})
		b.close()
	})
}
