package emulator_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/socket"
)

func TestDelivery(t *testing.T) {
	t.Run("each envelope goes to exactly one socket", func(t *testing.T) {
		e := start(t)
		a, b := e.another(), e.another()
		const n = 20
		for range n {
			e.say("x")
		}
		require.Eventually(t, func() bool { return len(a.frames)+len(b.frames) == n }, waitFor, time.Millisecond)
		require.Len(t, a.frames, n/2)
	})
	t.Run("an unacked event comes again after 3 s at once, then after 60 s, then after 300 s, then never", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("insist")
		first := w.next()
		require.Equal(t, 0, first.Attempt)
		require.Empty(t, first.Retry)
		e.Clock.Step(3*time.Second - time.Millisecond)
		require.Equal(t, 1, e.attempts(0))
		e.Clock.Step(time.Millisecond)
		previous := first
		for attempt, pause := range []time.Duration{60 * time.Second, 300 * time.Second, 0} {
			v := w.next()
			require.Equal(t, attempt+1, v.Attempt)
			require.Equal(t, "timeout", v.Retry)
			require.Equal(t, first.Payload.EventID, v.Payload.EventID, "the event id stays")
			require.NotEqual(t, previous.ID, v.ID, "each attempt has an envelope of its own")
			previous = v
			e.Clock.Step(3 * time.Second)
			if pause > 0 {
				e.Clock.Step(pause - time.Millisecond)
				require.Equal(t, attempt+2, e.attempts(0))
				e.Clock.Step(time.Millisecond)
			}
		}
		e.Clock.Step(4 * time.Hour) // within the socket's life
		records, err := e.ctl.Deliveries(e.ctx(), "message")
		require.NoError(t, err)
		require.Equal(t, socket.Dropped, records[0].Outcome)
		require.Len(t, records[0].Attempts, 4)
	})
	t.Run("an acked event does not come again and its latency is known", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("once")
		w.take()
		e.acked(1)
		e.Clock.Step(time.Hour)
		require.Equal(t, 1, e.attempts(0))
		records, err := e.ctl.Deliveries(e.ctx(), "message")
		require.NoError(t, err)
		require.NotNil(t, records[0].Attempts[0].LatencyMS)
	})
	t.Run("an ack after the deadline does not count", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("late")
		first := w.next()
		e.Clock.Step(3 * time.Second)
		again := w.next()
		w.ack(first.ID)
		w.ack(again.ID)
		e.acked(1)
		require.Contains(t, e.Hub.Records()[0].Ignored, "unknown, late or repeated envelope")
	})
	t.Run("an ack on another socket does not count", func(t *testing.T) {
		e := start(t)
		a, b := e.another(), e.another()
		e.say("x")
		from, to := a, b
		require.Eventually(t, func() bool { return len(a.frames)+len(b.frames) == 1 }, waitFor, time.Millisecond)
		if len(b.frames) == 1 {
			from, to = b, a
		}
		v := from.next()
		to.ack(v.ID)
		require.Eventually(t, func() bool { return len(e.Hub.Records()[0].Ignored) == 1 }, waitFor, time.Millisecond)
		e.Clock.Step(3 * time.Second)
		require.Equal(t, socket.Pending, e.Hub.Records()[0].Outcome)
	})
	t.Run("retries may reach another socket", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		v := w.next()
		_ = w.conn.CloseNow()
		e.sockets(0)
		fresh := e.another()
		e.Clock.Step(3 * time.Second)
		require.Equal(t, v.Payload.EventID, fresh.next().Payload.EventID)
	})
	t.Run("interactive and slash_commands envelopes are never retried", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		for _, kind := range []string{"interactive", "slash_commands"} {
			require.NoError(t, e.ctl.RaiseWith(e.ctx(), control.EventRequest{Envelope: kind, Payload: json.RawMessage(`{"type":"block_actions"}`), AcceptsResponse: true}))
			v := w.next()
			require.Equal(t, kind, v.Type)
			require.True(t, v.Accepts)
			require.NotContains(t, v.raw, "retry_attempt")
		}
		e.Clock.Step(time.Hour)
		require.Equal(t, []int{1, 1}, []int{e.attempts(0), e.attempts(1)})
	})
	t.Run("events with no socket open are kept for the retry schedule only, then dropped", func(t *testing.T) {
		e := start(t)
		e.say("no one is there")
		e.Clock.Step(10 * time.Second)
		w := e.connect()
		e.Clock.Step(60 * time.Second)
		v := w.take()
		require.Equal(t, 2, v.Attempt)
		require.Equal(t, "no one is there", v.event("text"))
		_ = w.conn.CloseNow()
		e.sockets(0)
		e.say("never heard")
		e.Clock.Step(time.Hour)
		require.Equal(t, socket.Dropped, e.Hub.Records()[1].Outcome)
		e.another()
		e.Clock.Step(time.Hour)
		require.Equal(t, 4, e.attempts(1), "nothing more is sent")
	})
	t.Run("the same_envelope switch keeps the envelope id over attempts", func(t *testing.T) {
		e := start(t)
		require.NoError(t, e.ctl.SetSwitches(e.ctx(), control.Switches{Socket: socket.Switches{SameEnvelope: true}}))
		w := e.connect()
		e.say("x")
		first := w.next()
		e.Clock.Step(3 * time.Second)
		require.Equal(t, first.ID, w.next().ID)
	})
}

// attempts is how often an envelope was sent, sockets or none.
func (e *emu) attempts(record int) int { return len(e.Hub.Records()[record].Attempts) }

// acked waits until so many envelopes are acked.
func (e *emu) acked(n int) {
	e.t.Helper()
	require.Eventually(e.t, func() bool {
		got := 0
		for _, r := range e.Hub.Records() {
			if r.Outcome == socket.Acked {
				got++
			}
		}
		return got == n
	}, waitFor, time.Millisecond)
}

func TestAcks(t *testing.T) {
	ack := func(id, rest string) string { return `{"envelope_id":"` + id + `"` + rest + `}` }
	padded := func(id string, size int) string {
		pad := size - len(ack(id, `,"payload":{"p":""}`))
		return ack(id, `,"payload":{"p":"`+strings.Repeat("x", pad)+`"}`)
	}
	t.Run("an ack with payload on events_api is accepted", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		w.write(ack(w.next().ID, `,"payload":{}`))
		e.acked(1)
	})
	t.Run("an unknown, a repeated and a senseless ack are ignored", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		v := w.next()
		for _, text := range []string{ack("no-such-envelope", ""), "not json", `[]`, `{}`, ack(v.ID, ""), ack(v.ID, "")} {
			w.write(text)
		}
		e.acked(1)
		e.say("still alive")
		require.Equal(t, "still alive", w.take().event("text"))
		e.acked(2)
	})
	t.Run("an ack of 20,479 bytes counts and one of 20,480 is ignored", func(t *testing.T) {
		e := start(t)
		w := e.connect()
		e.say("x")
		w.write(padded(w.next().ID, socket.MaxAck-1))
		e.acked(1)
		e.say("y")
		w.write(padded(w.next().ID, socket.MaxAck))
		require.Eventually(t, func() bool { return len(e.Hub.Records()[1].Ignored) == 1 }, waitFor, time.Millisecond)
		e.Clock.Step(3 * time.Second)
		require.Equal(t, 1, w.next().Attempt)
	})
	t.Run("a fragmented ack is ignored", func(t *testing.T) {
		e := start(t)
		w := e.dialFrames()
		e.say("x")
		_, payload := w.read()
		var v envelope
		require.NoError(t, json.Unmarshal(payload, &v))
		whole := []byte(ack(v.ID, ""))
		w.sendRaw(0x01, whole[:10])
		w.sendRaw(0x80, whole[10:])
		e.say("marker")
		w.read()
		w.send(0x1, []byte("{}")) // read in order: when this is handled, so was the ack
		require.Eventually(t, func() bool { return strings.Count(e.log.String(), "Ack ignored") == 2 }, waitFor, time.Millisecond)
		require.Equal(t, socket.Pending, e.Hub.Records()[0].Outcome)
	})
}
