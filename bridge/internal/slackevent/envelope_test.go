package slackevent_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestParseEnvelope(t *testing.T) {
	for name, tc := range map[string]struct {
		frame string
		want  slackevent.Envelope
	}{
		"hello": {
			`{"type":"hello","num_connections":2,"connection_info":{"app_id":"A1"},"debug_info":{"host":"applink-1","build_number":7,"approximate_connection_time":18060}}`,
			slackevent.Envelope{Type: "hello", Hello: &slackevent.Hello{
				NumConnections: 2, AppID: "A1", Host: "applink-1", Lifetime: 18060 * time.Second,
			}},
		},
		"a bare hello":            {`{"type":"hello"}`, slackevent.Envelope{Type: "hello", Hello: &slackevent.Hello{}}},
		"hello of a strange life": {`{"type":"hello","debug_info":{"approximate_connection_time":99999999999999}}`, slackevent.Envelope{Type: "hello", Hello: &slackevent.Hello{}}},
		"disconnect": {
			`{"type":"disconnect","reason":"refresh_requested","debug_info":{"host":"applink-1"}}`,
			slackevent.Envelope{Type: "disconnect", Reason: "refresh_requested"},
		},
		"a retried event": {
			`{"envelope_id":"e1","type":"events_api","payload":{"a":1},"accepts_response_payload":false,"retry_attempt":2,"retry_reason":"timeout"}`,
			slackevent.Envelope{ID: "e1", Type: "events_api", Payload: []byte(`{"a":1}`), RetryAttempt: 2, RetryReason: "timeout"},
		},
		"a slash command": {
			`{"envelope_id":"e1","type":"slash_commands","payload":{},"accepts_response_payload":true}`,
			slackevent.Envelope{ID: "e1", Type: "slash_commands", Payload: []byte(`{}`), AcceptsResponse: true},
		},
		"what a forger adds": {
			`{"envelope_id":"e1","type":"events_api","hello":{"num_connections":9}}`,
			slackevent.Envelope{ID: "e1", Type: "events_api"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := slackevent.ParseEnvelope([]byte(tc.frame))
			require.NoError(t, err)
			require.Equal(t, tc.want, env)
		})
	}
}

func TestParseEnvelopeFindsTheIDOfABrokenFrame(t *testing.T) {
	for name, tc := range map[string]struct{ frame, id string }{
		"cut short":         {`{"envelope_id":"0f-1","type":"events_api","payload":{"ty`, "0f-1"},
		"spaced":            {`{ "envelope_id" : "0f-1" , nonsense`, "0f-1"},
		"said twice":        {`{"envelope_id":"0f-1","x":{"envelope_id":"0f-1"`, "0f-1"},
		"two different":     {`{"envelope_id":"0f-1","x":{"envelope_id":"0f-2"`, ""},
		"none":              {`{"type":"events_api"`, ""},
		"of an odd kind":    {`{"envelope_id":{"a":"b"},"type":"events_api"}`, ""},
		"with escapes":      {`{"envelope_id":"\u0041","type":`, ""},
		"no type":           {`{"envelope_id":"0f-1"}`, "0f-1"},
		"nothing":           {``, ""},
		"null":              {`null`, ""},
		"a type of no kind": {`{"envelope_id":"0f-1","type":{}}`, "0f-1"},
	} {
		t.Run(name, func(t *testing.T) {
			env, err := slackevent.ParseEnvelope([]byte(tc.frame))
			require.ErrorIs(t, err, slackevent.ErrShape)
			require.Equal(t, tc.id, env.ID)
		})
	}
}
