package matrixin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix/appservice"
	"maunium.net/go/mautrix/event"
)

// taken is one event as it came and as it was decoded.
type taken struct {
	evt   *event.Event
	raw   json.RawMessage
	class event.TypeClass
}

// again returns the event as freshly decoded: handlers change the object that
// they are given, and one that timed out may still be at it.
func (t *taken) again() *event.Event {
	evt, err := decodeEvent(t.raw, t.class)
	if err != nil {
		return t.evt // it could be decoded once, so this cannot be
	}
	evt.Mautrix.ReceivedAt = t.evt.Mautrix.ReceivedAt
	return evt
}

func (t *taken) fields(more ...zap.Field) []zap.Field {
	return append([]zap.Field{
		zap.Stringer("event_id", t.evt.ID), zap.Stringer("room_id", t.evt.RoomID), zap.String("event_type", t.evt.Type.Type),
	}, more...)
}

// transaction is the body of one, taken apart (Matrix Application Service API,
// "Pushing events"; MSC2409 and MSC3202 for the keys with prefixes).
type transaction struct {
	events, ephemeral []json.RawMessage
	// rest is what the stock handler gets: keys with values that it can decode.
	rest map[string]json.RawMessage
	// bad counts what was left out because it cannot be decoded.
	bad int
}

var errEventsNoList = errors.New("events is not a list")

// parseTransaction takes a body apart. It fails only for what is no transaction
// at all; a part that cannot be used is counted and left out, because a refused
// transaction would be repeated for ever and hold up everything behind it.
func parseTransaction(body []byte) (*transaction, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, err
	}
	txn := &transaction{rest: make(map[string]json.RawMessage)}
	if raw, ok := keys["events"]; ok && json.Unmarshal(raw, &txn.events) != nil {
		return nil, errEventsNoList
	}
	ephemeral, ok := keys["ephemeral"]
	if !ok {
		ephemeral, ok = keys["de.sorunome.msc2409.ephemeral"]
	}
	if ok && json.Unmarshal(ephemeral, &txn.ephemeral) != nil {
		txn.bad++
	}
	for _, key := range []string{"to_device", "de.sorunome.msc2409.to_device"} {
		if raw, ok := keys[key]; ok {
			keys[key] = txn.onlyDecodable(raw)
		}
	}
	for _, key := range stockKeys() {
		if raw, ok := keys[key]; ok && !isEmpty(raw) {
			txn.keep(key, raw)
		}
	}
	return txn, nil
}

// stockKeys are the keys that the stock handler is given.
func stockKeys() []string {
	return []string{
		"to_device", "de.sorunome.msc2409.to_device",
		"device_lists", "org.matrix.msc3202.device_lists",
		"device_one_time_keys_count", "org.matrix.msc3202.device_one_time_keys_count",
		"device_unused_fallback_key_types", "org.matrix.msc3202.device_unused_fallback_key_types",
	}
}

func isEmpty(raw json.RawMessage) bool {
	return slices.Contains([]string{"null", "[]", "{}"}, string(raw))
}

// keep passes a key on if the stock handler can decode it: one bad key would
// make it refuse all of them.
func (txn *transaction) keep(key string, raw json.RawMessage) {
	alone, err := json.Marshal(map[string]json.RawMessage{key: raw})
	if err == nil {
		err = json.Unmarshal(alone, new(appservice.Transaction))
	}
	if err != nil {
		txn.bad++
		return
	}
	txn.rest[key] = raw
}

// onlyDecodable returns a list of to-device events without those that cannot be
// decoded; the stock handler panics at null.
func (txn *transaction) onlyDecodable(raw json.RawMessage) json.RawMessage {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		txn.bad++
		return nil
	}
	good := slices.DeleteFunc(items, func(item json.RawMessage) bool {
		return isEmpty(item) || json.Unmarshal(item, new(event.Event)) != nil
	})
	txn.bad += len(items) - len(good)
	list, err := json.Marshal(good)
	if err != nil {
		return nil
	}
	return list
}

// decodeEvent decodes an event with its content. When only the content cannot
// be decoded, the event is returned along with the error, filled as far as that
// goes. A class of event.UnknownEventType means timeline or state.
func decodeEvent(raw json.RawMessage, class event.TypeClass) (evt *event.Event, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			evt, err = nil, fmt.Errorf("panic while decoding: %T", panicked)
		}
	}()
	if isEmpty(raw) {
		return nil, errors.New("there is no event")
	}
	evt = new(event.Event)
	if err := json.Unmarshal(raw, evt); err != nil {
		return nil, withoutContent(err)
	}
	evt.Mautrix.ReceivedAt = time.Now()
	switch {
	case class == event.EphemeralEventType:
		evt.Type.Class, evt.Mautrix.EventSource = class, event.SourceEphemeral
	case evt.StateKey != nil:
		evt.Type.Class, evt.Mautrix.EventSource = event.StateEventType, event.SourceJoin|event.SourceTimeline
	default:
		evt.Type.Class, evt.Mautrix.EventSource = event.MessageEventType, event.SourceTimeline
	}
	if err := evt.Content.ParseRaw(evt.Type); err != nil && !errors.Is(err, event.ErrUnsupportedContentType) {
		return evt, withoutContent(err)
	}
	return evt, nil
}

// withoutContent says what is wrong without a word of what stood there.
func withoutContent(err error) error {
	var wrongType *json.UnmarshalTypeError
	if errors.As(err, &wrongType) {
		return fmt.Errorf("the field %s has a value of the wrong type (wanted %s)", wrongType.Field, wrongType.Type)
	}
	return fmt.Errorf("decoding failed with a %T", err)
}
