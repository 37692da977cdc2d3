package emulator_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/socket"
)

// BenchmarkBurst says 2,000 messages at once to one socket that acks at once.
func BenchmarkBurst(b *testing.B) {
	const n = 2000
	for b.Loop() {
		e := start(b)
		w := e.connect()
		go func() {
			for range n {
				w.take()
			}
		}()
		for i := range n {
			_, err := e.ctl.Say(e.ctx(), ann, general, fmt.Sprint(i))
			require.NoError(b, err)
		}
		e.acked(n)
		s := e.Hub.Summary(socket.Filter{})
		b.ReportMetric(s.Ack.P99, "ack-p99-ms")
		b.ReportMetric(n/s.Last.Sub(s.First).Seconds(), "messages/s")
	}
}

// BenchmarkHistory reads 10,000 messages in pages of 200.
func BenchmarkHistory(b *testing.B) {
	e := start(b)
	for i := range 10_000 {
		_, err := e.Workspace.Post(post(ann, random, fmt.Sprint(i)))
		require.NoError(b, err)
	}
	for b.Loop() {
		got, _ := e.pages("conversations.history", "messages", "ts", "channel", random, "limit", "200")
		require.Len(b, got, 10_000)
	}
}
