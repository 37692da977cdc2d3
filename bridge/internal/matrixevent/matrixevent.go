// Package matrixevent decodes single events of Matrix as homeservers send them, and
// names the rows that hold them. Its errors never quote what people wrote. It must not
// store or handle anything.
package matrixevent

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// Parse decodes a timeline or state event with its content. When something in it
// cannot be decoded, the event is returned along with the error, filled as far as that
// goes; it is nil only if there is no event at all.
//
// A change of membership is decoded as long as it says which one it is: homeservers
// look at nothing else in it (Matrix specification, "Authorization rules"). Of what people
// say and do, fields that are not as they should be are left out. If that is what is said itself,
// the error is an [ErrSaid].
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

// ErrSaid is why a message cannot be decoded whose id, room and sender are known.
var ErrSaid = errors.New("what it says cannot be read")

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
	if err = json.Unmarshal(raw, evt); err != nil {
		if evt = salvage(raw); evt == nil {
			return nil, withoutContent(err)
		}
	}
	evt.Mautrix.ReceivedAt = time.Now()
	classify(evt)
	inContent := evt.Content.ParseRaw(evt.Type)
	if err != nil {
		return evt, withoutContent(err)
	}
	return evt, judge(evt, inContent)
}

// ParseDecrypted decodes the content of an event that was decrypted anew, as Parse does that of
// one that was not encrypted.
func ParseDecrypted(evt *event.Event) (err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("panic while decoding: %T", panicked)
		}
	}()
	evt.Content.Parsed = nil
	return judge(evt, evt.Content.ParseRaw(evt.Type))
}

// judge says what is wrong with an event whose content was decoded with an error or without. Of
// one with an error it decodes what fits.
func judge(evt *event.Event, inContent error) error {
	switch {
	case inContent == nil, errors.Is(inContent, event.ErrUnsupportedContentType), saysMembership(evt), parseFitting(evt):
		return nil
	case isSaid(evt):
		return fmt.Errorf("%w: %w", ErrSaid, withoutContent(inContent))
	}
	return withoutContent(inContent)
}

// salvage returns what can be read of an event of which something cannot.
func salvage(raw json.RawMessage) *event.Event {
	var fields map[string]json.RawMessage
	if json.Unmarshal(raw, &fields) != nil {
		return nil
	}
	evt := new(event.Event)
	evt.Content.VeryRaw = fields["content"]
	for name, into := range map[string]any{
		"event_id": &evt.ID, "room_id": &evt.RoomID, "type": &evt.Type, "sender": &evt.Sender,
		"state_key": &evt.StateKey, "content": &evt.Content.Raw,
	} {
		_ = json.Unmarshal(fields[name], into)
	}
	return evt
}

// saysMembership says whether an event is a change of membership to one that there is.
func saysMembership(evt *event.Event) bool {
	content, ok := evt.Content.Parsed.(*event.MemberEventContent)
	return ok && evt.Type == event.StateMember && IsMembership(content.Membership)
}

// IsMembership says whether there is such a membership (Matrix specification,
// m.room.member).
func IsMembership(membership event.Membership) bool {
	switch membership {
	case event.MembershipJoin, event.MembershipLeave, event.MembershipInvite, event.MembershipBan, event.MembershipKnock:
		return true
	}
	return false
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
// events too (Matrix specification, "Event relationships"). People write them as they
// like: what cannot be the id of an event is not one.
func Target(evt *event.Event) id.EventID {
	target := Redacted(evt)
	if evt.Type != event.EventRedaction {
		relation, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
		named, _ := relation["event_id"].(string)
		target = id.EventID(named)
	}
	if len(target) > maxID || strings.ContainsRune(string(target), 0) {
		return ""
	}
	return target
}

// maxID bounds an event's id in bytes (Matrix specification, "Size limits"; some
// homeservers took that many characters, of up to four bytes, in old room versions).
const maxID = 4 * 255

// Redacted is the event that a redaction takes back: room versions differ in where it
// is named (Matrix specification, m.room.redaction).
func Redacted(evt *event.Event) id.EventID {
	if evt.Redacts != "" {
		return evt.Redacts
	}
	redacts, _ := evt.Content.Raw["redacts"].(string)
	return id.EventID(redacts)
}
