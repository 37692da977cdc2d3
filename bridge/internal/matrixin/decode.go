package matrixin

import (
	"encoding/json"
	"errors"
	"slices"

	"maunium.net/go/mautrix/appservice"

	"ops-jrz1/bridge/internal/matrixevent"
)

// transaction is the body of one, taken apart (Matrix Application Service API,
// "Pushing events"; MSC2409 and MSC3202 for the keys with prefixes).
type transaction struct {
	events, toDevice []json.RawMessage
	// keys are key counts and device lists, those that can be decoded, under the names
	// that they came with.
	keys map[string]json.RawMessage
	// bad counts what was left out because it cannot be decoded.
	bad int
}

var errEventsNoList = errors.New("events is not a list")

// parseTransaction takes a body apart. It fails only for what is no transaction
// at all; a part that cannot be used is counted and left out, because a refused
// transaction would be repeated without end and hold up everything after it.
func parseTransaction(body []byte) (*transaction, error) {
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(body, &keys); err != nil {
		return nil, err
	}
	txn := &transaction{keys: make(map[string]json.RawMessage)}
	if raw, ok := keys["events"]; ok && json.Unmarshal(raw, &txn.events) != nil {
		return nil, errEventsNoList
	}
	for _, name := range []string{"to_device", "de.sorunome.msc2409.to_device"} {
		if raw, ok := keys[name]; ok && txn.toDevice == nil {
			txn.toDevice = txn.decodable(raw)
		}
	}
	for _, name := range keyNames() {
		if raw, ok := keys[name]; ok && !matrixevent.IsEmpty(raw) {
			txn.keep(name, raw)
		}
	}
	return txn, nil
}

// keyNames are the parts of a transaction that are about keys and devices (MSC3202).
func keyNames() []string {
	return []string{
		"device_lists", "org.matrix.msc3202.device_lists",
		"device_one_time_keys_count", "org.matrix.msc3202.device_one_time_keys_count",
		"device_unused_fallback_key_types", "org.matrix.msc3202.device_unused_fallback_key_types",
	}
}

// keep keeps a part if it can be decoded: one bad part would make all of them
// undecodable.
func (txn *transaction) keep(name string, raw json.RawMessage) {
	alone, err := json.Marshal(map[string]json.RawMessage{name: raw})
	if err == nil {
		err = json.Unmarshal(alone, new(appservice.Transaction))
	}
	if err != nil {
		txn.bad++
		return
	}
	txn.keys[name] = raw
}

// decodable returns the to-device events of a list that can be decoded. Any user may
// send one, so those that cannot be decoded must not become rows.
func (txn *transaction) decodable(raw json.RawMessage) []json.RawMessage {
	var items []json.RawMessage
	if json.Unmarshal(raw, &items) != nil {
		txn.bad++
		return nil
	}
	good := slices.DeleteFunc(slices.Clone(items), func(item json.RawMessage) bool {
		_, err := matrixevent.ParseToDevice(item)
		return err != nil
	})
	txn.bad += len(items) - len(good)
	return good
}
