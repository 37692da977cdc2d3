package inbox_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/inbox"
)

// TestSelect looks for rows by what is in them, in a backlog of several pages, parked ones too.
func TestSelect(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		for n := range 100 {
			b.put(row("L", fmt.Sprintf("key %d", n)))
		}
		b.put(row("M", "key 7 parked"))
		require.NoError(t, b.ParkSource(t.Context(), "matrix", "its handler is gone"))
		b.put(row("M", "key 7 waits"))
		rows, err := b.Select(t.Context(), func(row inbox.Parked) bool { return strings.Contains(string(row.Payload), "key 7 ") })
		require.NoError(t, err)
		require.Len(t, rows, 2)
		require.Equal(t, []string{"key 7 parked", "key 7 waits"}, []string{rows[0].Key, rows[1].Key})
		require.False(t, rows[0].Since.IsZero())
		require.True(t, rows[1].Since.IsZero())
		require.Nil(t, rows[0].Payload, "what is in them is not kept")
		b.close()
	})
}

// TestForgetKeys: a key that is forgotten may be put again, once its row is done.
func TestForgetKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, at database) {
		b := at.box(t)
		b.put(row("L", "person U1 20000"), row("L", "person U11 20000"), row("M", "person U1 20001"))
		require.NoError(t, b.Drop(t.Context(), b.id("person U1 20000")))
		require.NoError(t, b.Drop(t.Context(), b.id("person U11 20000")))
		require.NoError(t, b.ForgetKeys(t.Context(), " U1 "))
		for key, want := range map[string]int{"person U1 20000": 1, "person U11 20000": 0, "person U1 20001": 0} {
			fresh, err := b.Put(t.Context(), row("L", key))
			require.NoError(t, err)
			require.Equal(t, want, fresh, key)
		}
		b.close()
	})
}
