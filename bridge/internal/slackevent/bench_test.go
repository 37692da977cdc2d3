package slackevent_test

import (
	"testing"

	"ops-jrz1/bridge/internal/slackevent"
)

// BenchmarkDecode reads one edited message from its frame to its event.
func BenchmarkDecode(b *testing.B) {
	event := eventFiles(b)["message_changed"]
	frame := []byte(`{"envelope_id":"e1","type":"events_api","payload":` + string(callback(event)) + `}`)
	b.SetBytes(int64(len(frame)))
	b.ReportAllocs()
	for b.Loop() {
		env, err := slackevent.ParseEnvelope(frame)
		if err != nil {
			b.Fatal(err)
		}
		cb, err := slackevent.ParseCallback(env.Payload)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := slackevent.Decode(cb); err != nil {
			b.Fatal(err)
		}
	}
}
