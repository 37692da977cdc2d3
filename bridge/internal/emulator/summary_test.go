package emulator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/socket"
)

func TestDeliveriesAreCounted(t *testing.T) {
	e := start(t)
	w := e.connect()
	for i := range 10 {
		e.say(fmt.Sprint(i))
		w.take()
	}
	e.acked(10)
	s, err := e.ctl.DeliverySummary(e.ctx(), socket.Filter{Event: "message"})
	require.NoError(t, err)
	require.Equal(t, []int{10, 10, 0, 0, 10, 0, 0}, []int{s.Envelopes, s.Acked, s.Pending, s.Dropped, s.Attempts, s.Redeliveries, s.Redelivered})
	require.Positive(t, s.Ack.P50)
	require.LessOrEqual(t, s.Ack.P50, s.Ack.P99)
	require.LessOrEqual(t, s.Ack.P99, s.Ack.Max)
	require.LessOrEqual(t, s.Ack.Max, s.Whole.Max)
	require.True(t, s.Last.After(s.First))

	e.say("twice")
	w.next()
	e.Clock.Step(3 * time.Second)
	w.take()
	e.acked(11)
	after := s.LastSeq
	s, err = e.ctl.DeliverySummary(e.ctx(), socket.Filter{After: after})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 2, 1, 1}, []int{s.Envelopes, s.Acked, s.Attempts, s.Redeliveries, s.Redelivered})
	s, err = e.ctl.DeliverySummary(e.ctx(), socket.Filter{Event: "reaction_added"})
	require.NoError(t, err)
	require.Equal(t, socket.Summary{}, s)

	require.NoError(t, w.conn.CloseNow())
	e.sockets(0)
	e.say("no one is there")
	s, err = e.ctl.DeliverySummary(e.ctx(), socket.Filter{After: after + 1})
	require.NoError(t, err)
	require.Equal(t, []int{1, 1, 1}, []int{s.Envelopes, s.Pending, s.Unheard})
	records := e.Hub.RecordsOf(socket.Filter{Event: "message", Channel: general, After: after - 1})
	require.Len(t, records, 3)
	require.NotNil(t, records[0].Attempts[0].AckedAt)
	require.False(t, records[0].RaisedAt.IsZero())
}
