package inbox_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestSupersede has one row do the work of others in its lane: those of its kind, up to an
// id, for which the handler says so.
func TestSupersede(t *testing.T) {
	timed(t, func(t *testing.T, at database) {
		b := at.box(t)
		reading := func(lane, key string) inbox.Row {
			r := row(lane, key)
			r.Kind = "reading"
			return r
		}
		b.put(reading("L", "first"), row("L", "event"), reading("L", "second"), reading("L", "longer"), reading("L", "third"), reading("M", "elsewhere"))
		until := b.Last("matrix", "L")
		require.Equal(t, b.id("third"), until)
		b.put(reading("L", "later"))
		h := &handler{}
		var keys []string
		h.on("first", func(ctx context.Context, a *inbox.Attempt) (err error) {
			keys, err = b.Supersede(ctx, a, until, func(r inbox.Row) bool { return string(r.Payload) != "payload of longer" })
			return err
		})
		stop := b.run("matrix", h, inbox.Policy{Workers: 1})
		for b.Waiting("matrix") > 0 {
			time.Sleep(time.Second)
		}
		pass(time.Minute) // the marks are written with a later commit
		stop()
		require.Equal(t, []string{"second", "third"}, keys)
		require.ElementsMatch(t, []string{"first", "event", "longer", "later", "elsewhere"}, h.handled())
		require.Zero(t, b.Last("matrix", "L"))
		require.Empty(t, b.list())
		fresh, err := b.Put(t.Context(), reading("L", "second"))
		require.NoError(t, err)
		require.Zero(t, fresh, "its key is kept")
		b.close()
	})
}
