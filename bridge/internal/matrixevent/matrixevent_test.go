package matrixevent_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/matrixevent"
)

// TestErrorsQuoteNothing: what is wrong is said without a word of what people wrote,
// and what can be read is.
func TestErrorsQuoteNothing(t *testing.T) {
	for name, raw := range map[string]string{
		"a body":       `{"type":"m.room.message","event_id":"$x","room_id":"!r","content":{"msgtype":"m.text","body":{"private":"private"}}}`,
		"a user":       `{"type":"m.room.power_levels","event_id":"$x","room_id":"!r","state_key":"","content":{"users":{"private":"private"}}}`,
		"a number":     `{"type":"m.room.message","event_id":"$x","room_id":"!r","content":{"private":1e400}}`,
		"no object":    `{"type":"m.room.message","event_id":"$x","room_id":"!r","content":"private"}`,
		"nothing":      `{"type":"m.room.message","event_id":"$x","room_id":"!r"}`,
		"a membership": `{"type":"m.room.member","event_id":"$x","room_id":"!r","state_key":"@a:b","content":{"membership":{"private":1}}}`,
		"a sender":     `{"type":"m.room.message","event_id":"$x","room_id":"!r","sender":["private"],"content":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			evt, err := matrixevent.Parse(json.RawMessage(raw))
			require.Error(t, err)
			require.NotContains(t, err.Error(), "private")
			require.EqualValues(t, "$x", evt.ID)
			require.EqualValues(t, "!r", evt.RoomID)
		})
	}
	for _, raw := range []string{``, `null`, `{}`, `[]`, `7`, `"private"`, `{"private":`} {
		evt, err := matrixevent.Parse(json.RawMessage(raw))
		require.Error(t, err, raw)
		require.NotContains(t, err.Error(), "private")
		require.Nil(t, evt)
	}
}

func TestParseTellsKindsApart(t *testing.T) {
	const start, end = `{"type":"m.room.encrypted","event_id":"$x"`, `,"content":{"algorithm":"m.olm.v1.curve25519-aes-sha2","ciphertext":{}}}`
	timeline, err := matrixevent.Parse(json.RawMessage(start + end))
	require.NoError(t, err)
	require.Equal(t, event.EventEncrypted, timeline.Type)
	require.Equal(t, event.SourceTimeline, timeline.Mautrix.EventSource)
	state, err := matrixevent.Parse(json.RawMessage(`{"type":"m.room.topic","state_key":"","content":{"topic":"t"}}`))
	require.NoError(t, err)
	require.Equal(t, event.StateTopic, state.Type)
	toDevice, err := matrixevent.ParseToDevice(json.RawMessage(start + end))
	require.NoError(t, err)
	require.Equal(t, event.ToDeviceEncrypted, toDevice.Type)
	require.Equal(t, event.SourceToDevice, toDevice.Mautrix.EventSource)
}

// FuzzParse: nothing makes it panic, and without an error there is an event.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		`{"type":"m.room.member","state_key":"@a:b","content":{"membership":"join","displayname":7}}`,
		`{"type":"m.room.message","content":{"m.relates_to":{"event_id":"$a"}}}`, `null`, `{"type":7,"content":[]}`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, parse := range []func(json.RawMessage) (*event.Event, error){matrixevent.Parse, matrixevent.ParseToDevice} {
			evt, err := parse(json.RawMessage(raw))
			if err == nil {
				require.NotNil(t, evt)
				matrixevent.Target(evt)
			}
		}
	})
}
