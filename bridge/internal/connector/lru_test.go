package connector

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestRecent(t *testing.T) {
	r := newLRU[int](2)
	knows := func(want map[string]int) {
		t.Helper()
		require.Len(t, r.byKey, len(want))
		require.Equal(t, len(want), r.order.Len())
		for key, value := range want {
			got, known := r.get(key)
			require.True(t, known, key)
			require.Equal(t, value, got, key)
		}
	}
	r.put("a", 1)
	r.put("b", 2)
	_, known := r.get("a")
	require.True(t, known)
	r.put("c", 3)
	knows(map[string]int{"a": 1, "c": 3})
	r.put("a", 4)
	r.put("d", 5)
	knows(map[string]int{"a": 4, "d": 5})
	r.drop("a")
	r.drop("a")
	knows(map[string]int{"d": 5})
}

func TestLocksAreForgotten(t *testing.T) {
	l := newLocks[string]()
	first := l.lock("a")
	second, waits := make(chan struct{}), make(chan struct{})
	go func() {
		close(waits)
		unlock := l.lock("a")
		close(second)
		unlock()
	}()
	<-waits
	l.lock("b")() // another key does not wait
	select {
	case <-second:
		t.Fatal("two hold the lock")
	default:
	}
	first()
	<-second
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return len(l.held) == 0
	}, 30*time.Second, time.Millisecond)
}
