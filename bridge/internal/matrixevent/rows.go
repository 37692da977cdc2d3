package matrixevent

// Source is the name of the homeserver's rows in the inbox.
const Source = "matrix"

// Kinds of rows, and what their payloads are.
const (
	// KindEvent is a timeline or state event of a room, in the room's lane.
	KindEvent = "event"
	// KindRecovered is an event that no transaction brought and that was read from its
	// room: it may have been handled long ago.
	KindRecovered = "recovered"
	// KindToDevice is a to-device event, KindKeys what else a transaction says of
	// encryption: key counts and device lists. Both are in KeysLane.
	KindToDevice = "to_device"
	KindKeys     = "keys"
)

// KeysLane is the lane of what events may need to be decrypted.
const KeysLane = "keys"

// IsEvent says whether rows of a kind are events of a room, however they came.
func IsEvent(kind string) bool { return kind == KindEvent || kind == KindRecovered }
