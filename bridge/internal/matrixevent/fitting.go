package matrixevent

import (
	"encoding/json"
	"reflect"

	"maunium.net/go/mautrix/event"
)

// maxFitting is how deep parts of a content are left out one by one. What is odd deeper inside
// is left out with what it is in.
const maxFitting = 4

// Fitting decodes what of a JSON object fits into a T and leaves out the rest. Without an object
// there is nothing.
func Fitting[T any](raw json.RawMessage) *T {
	kept, ok := fitting(raw, func(part json.RawMessage) error { return json.Unmarshal(part, new(T)) }, maxFitting)
	decoded := new(T)
	if !ok || json.Unmarshal(kept, decoded) != nil {
		return nil
	}
	return decoded
}

// fitting is a value without the fields and members that do not fit where they are.
func fitting(raw json.RawMessage, fits func(json.RawMessage) error, depth int) (kept json.RawMessage, ok bool) {
	if fits(raw) == nil {
		return raw, true
	}
	if depth == 0 {
		return nil, false
	}
	var fields map[string]json.RawMessage
	var members []json.RawMessage
	var err error
	switch {
	case json.Unmarshal(raw, &fields) == nil:
		kept, err = json.Marshal(fittingFields(fields, fits, depth-1))
	case json.Unmarshal(raw, &members) == nil:
		kept, err = json.Marshal(fittingMembers(members, fits, depth-1))
	default:
		return nil, false
	}
	return kept, err == nil && fits(kept) == nil
}

func fittingFields(fields map[string]json.RawMessage, fits func(json.RawMessage) error, depth int) map[string]json.RawMessage {
	kept := map[string]json.RawMessage{}
	for name, value := range fields {
		part, ok := fitting(value, func(part json.RawMessage) error { return fitsIn(map[string]json.RawMessage{name: part}, fits) }, depth)
		if ok {
			kept[name] = part
		}
	}
	return kept
}

func fittingMembers(members []json.RawMessage, fits func(json.RawMessage) error, depth int) []json.RawMessage {
	kept := []json.RawMessage{}
	for _, member := range members {
		part, ok := fitting(member, func(part json.RawMessage) error { return fitsIn([]json.RawMessage{part}, fits) }, depth)
		if ok {
			kept = append(kept, part)
		}
	}
	return kept
}

// fitsIn says whether what surrounds a part fits.
func fitsIn(surroundings any, fits func(json.RawMessage) error) error {
	encoded, err := json.Marshal(surroundings)
	if err != nil {
		return err
	}
	return fits(encoded)
}

// needed are the types of which a content is decoded as far as it goes, and the field without
// which it says nothing. Clients and bots write the others as they like.
var needed = map[event.Type]string{
	event.EventMessage: "body", event.EventSticker: "body", event.EventUnstablePollStart: "org.matrix.msc3381.poll.start",
	event.EventReaction: "m.relates_to", event.EventRedaction: "redacts", event.StateRoomName: "name", event.StateTopic: "topic",
	event.StateRoomAvatar: "url", event.StatePinnedEvents: "pinned", event.StateTombstone: "replacement_room",
}

// parseFitting decodes what fits of an event's content, and says whether that is enough.
func parseFitting(evt *event.Event) bool {
	field, known := needed[evt.Type]
	contentType, typed := event.TypeMap[evt.Type]
	if !known || !typed {
		return false
	}
	kept, ok := fitting(evt.Content.VeryRaw, func(part json.RawMessage) error {
		return json.Unmarshal(part, reflect.New(contentType).Interface())
	}, maxFitting)
	if !ok {
		return false
	}
	var before, after map[string]json.RawMessage
	if json.Unmarshal(evt.Content.VeryRaw, &before) != nil || json.Unmarshal(kept, &after) != nil {
		return false
	}
	decoded := reflect.New(contentType).Interface()
	if before[field] != nil && after[field] == nil || json.Unmarshal(kept, decoded) != nil {
		return false
	}
	evt.Content.Parsed = decoded
	return true
}

// isSaid says whether an event is something that a person says, and who it was.
func isSaid(evt *event.Event) bool {
	said := evt.Type == event.EventMessage || evt.Type == event.EventSticker || evt.Type == event.EventUnstablePollStart
	return said && evt.ID != "" && evt.RoomID != "" && evt.Sender != ""
}
