package limit_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackapi/limit"
)

// BenchmarkWait is what an open limiter costs a call that passes two gates.
func BenchmarkWait(b *testing.B) {
	l := limit.New(1e-9, route)
	b.ReportAllocs()
	for b.Loop() {
		_, err := l.Wait(b.Context(), "post", "C1", limit.Options{})
		require.NoError(b, err)
	}
}
