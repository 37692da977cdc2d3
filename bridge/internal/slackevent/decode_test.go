package slackevent_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/slackevent"
)

func TestDecodeMessageThroughAllLayers(t *testing.T) {
	env, err := slackevent.ParseEnvelope([]byte(`{"envelope_id":"e-1","type":"events_api","accepts_response_payload":false,
		"retry_attempt":1,"retry_reason":"timeout","payload":{"type":"event_callback","team_id":"T1","api_app_id":"A1",
		"event_id":"Ev1","event_time":1700000000,"event":{"type":"message","channel":"C1","user":"U1","text":"hi",
		"ts":"1700000000.000100"}}}`))
	require.NoError(t, err)
	require.Equal(t, "e-1", env.ID)
	require.Equal(t, 1, env.RetryAttempt)

	cb, err := slackevent.ParseCallback(env.Payload)
	require.NoError(t, err)
	require.Equal(t, "Ev1", cb.EventID)
	require.Equal(t, int64(1700000000), cb.EventTime.Unix())

	event, err := slackevent.Decode(cb)
	require.NoError(t, err)
	require.Equal(t, "C1", event.Conversation())
	message, ok := event.(*slackevent.Message)
	require.True(t, ok)
	require.Equal(t, "hi", message.Text)
	require.Equal(t, "1700000000.000100", message.TS)
}
