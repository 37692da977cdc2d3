// Package matrixevent decodes single events of Matrix as homeservers send them. Its
// errors never quote what people wrote. It must not store or handle anything.
package matrixevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Parse decodes a timeline or state event with its content. When only the content
// cannot be decoded, the event is returned along with the error, filled as far as
// that goes.
func Parse(raw json.RawMessage) (*event.Event, error) {
	return parse(raw, func(evt *event.Event) {
		if evt.StateKey != nil {
			evt.Type.Class, evt.Mautrix.EventSource = event.StateEventType, event.SourceJoin|event.SourceTimeline
		} else {
			evt.Type.Class, evt.Mautrix.EventSource = event.MessageEventType, event.SourceTimeline
		}
	})
}

// ParseToDevice is Parse for a to-device event.
func ParseToDevice(raw json.RawMessage) (*event.Event, error) {
	return parse(raw, func(evt *event.Event) {
		evt.Type.Class, evt.Mautrix.EventSource = event.ToDeviceEventType, event.SourceToDevice
	})
}

func parse(raw json.RawMessage, classify func(*event.Event)) (evt *event.Event, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			evt, err = nil, fmt.Errorf("panic while decoding: %T", panicked)
		}
	}()
	if IsEmpty(raw) {
		return nil, errors.New("there is no event")
	}
	evt = new(event.Event)
	if err := json.Unmarshal(raw, evt); err != nil {
		return nil, withoutContent(err)
	}
	evt.Mautrix.ReceivedAt = time.Now()
	classify(evt)
	if err := evt.Content.ParseRaw(evt.Type); err != nil && !errors.Is(err, event.ErrUnsupportedContentType) {
		return evt, withoutContent(err)
	}
	return evt, nil
}

// IsEmpty says whether a JSON value holds nothing.
func IsEmpty(raw json.RawMessage) bool {
	return slices.Contains([]string{"", "null", "[]", "{}"}, string(raw))
}

// withoutContent says what is wrong without a word of what was in the event.
func withoutContent(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Errorf("the field %s has a value of the wrong type (wanted %s)", wrongType.Field, wrongType.Type)
	}
	return fmt.Errorf("decoding failed with a %T", err)
}

// Target returns the event that an event is about: the one that it edits, reacts to,
// replies to in a thread or redacts, or "". Relations are readable in encrypted
// events too (Matrix specification, "Event relationships").
func Target(evt *event.Event) id.EventID {
	if evt.Type == event.EventRedaction {
		return Redacted(evt)
	}
	relation, ok := evt.Content.Raw["m.relates_to"].(map[string]any)
	if !ok {
		return ""
	}
	target, _ := relation["event_id"].(string)
	return id.EventID(target)
}

// Redacted is the event that a redaction takes back: room versions differ in where it
// is named (Matrix specification, m.room.redaction).
func Redacted(evt *event.Event) id.EventID {
	if evt.Redacts != "" {
		return evt.Redacts
	}
	redacts, _ := evt.Content.Raw["redacts"].(string)
	return id.EventID(redacts)
}
