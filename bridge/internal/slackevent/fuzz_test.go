package slackevent_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

func FuzzParseEnvelope(f *testing.F) {
	for _, content := range eventFiles(f) {
		f.Add([]byte(`{"envelope_id":"e1","type":"events_api","payload":` + string(callback(content)) + `}`))
	}
	f.Add([]byte(`{"type":"hello","num_connections":1,"connection_info":{"app_id":"A1"},"debug_info":{"approximate_connection_time":18060}}`))
	f.Add([]byte(`{"type":"disconnect","reason":"warning"}`))
	f.Add([]byte(`{"envelope_id":"e1","type":"events_api","payload":{"ty`))
	f.Fuzz(func(t *testing.T, frame []byte) {
		env, err := slackevent.ParseEnvelope(frame)
		if err != nil {
			require.Nil(t, env.Hello)
			return
		}
		require.True(t, json.Valid(frame))
		require.NotEmpty(t, env.Type)
		require.Equal(t, env.Type == slackevent.TypeHello, env.Hello != nil)
		require.True(t, env.Payload == nil || json.Valid(env.Payload))
	})
}

// FuzzDecode says that whatever is decoded can be written as JSON, and read
// again as the same event.
func FuzzDecode(f *testing.F) {
	for _, content := range eventFiles(f) {
		f.Add(callback(content))
	}
	f.Add([]byte(`{"type":"app_rate_limited","minute_rate_limited":1518467820}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		cb, err := slackevent.ParseCallback(payload)
		if err != nil {
			return
		}
		event, err := slackevent.Decode(cb)
		if err != nil {
			require.ErrorIs(t, err, slackevent.ErrShape)
			return
		}
		event.Conversation()
		written, err := json.Marshal(event)
		require.NoError(t, err)
		if _, unknown := event.(*slackevent.Unknown); unknown || len(cb.Event) == 0 {
			return
		}
		again, err := slackevent.Decode(slackevent.Callback{InnerType: cb.InnerType, Event: written})
		require.NoError(t, err)
		require.Equal(t, event.Conversation(), again.Conversation())
	})
}
