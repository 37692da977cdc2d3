package slackapp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// errShape is wrapped by every error about a manifest that is not of Slack's form.
var errShape = errors.New("this is no Slack app manifest")

// object is a JSON object whose values stay as they were written, so that what is not
// looked at is passed on unchanged.
type object map[string]json.RawMessage

// in returns the object at a path, empty if there is none.
func (o object) in(path ...string) (object, error) {
	at := o
	for i, key := range path {
		raw := at[key]
		at = object{}
		if absent(raw) {
			continue
		}
		if err := json.Unmarshal(raw, &at); err != nil {
			return nil, fmt.Errorf("%w: %s is not an object", errShape, strings.Join(path[:i+1], "."))
		}
	}
	return at, nil
}

// list returns the texts at a path.
func (o object) list(path ...string) ([]string, error) {
	parent, err := o.in(path[:len(path)-1]...)
	raw := parent[path[len(path)-1]]
	if err != nil || absent(raw) {
		return nil, err
	}
	var out []string
	if err := json.Unmarshal(raw, &out); err != nil {
		return nil, fmt.Errorf("%w: %s is not a list of texts", errShape, strings.Join(path, "."))
	}
	return out, nil
}

// flag returns the switch at a path; false is also what is absent.
func (o object) flag(path ...string) (value, there bool, err error) {
	parent, err := o.in(path[:len(path)-1]...)
	raw := parent[path[len(path)-1]]
	if err != nil || absent(raw) {
		return false, false, err
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		return false, false, fmt.Errorf("%w: %s is neither true nor false", errShape, strings.Join(path, "."))
	}
	return value, true, nil
}

// text returns the text at a path, "" if there is none.
func (o object) text(path ...string) string {
	parent, err := o.in(path[:len(path)-1]...)
	var value string
	if err != nil || json.Unmarshal(parent[path[len(path)-1]], &value) != nil {
		return ""
	}
	return value
}

// set puts a value at a path, and makes the objects above it.
func (o object) set(value any, path ...string) error {
	raw, err := encode(value)
	if err != nil {
		return err
	}
	if len(path) > 1 {
		below, err := o.in(path[0])
		if err != nil {
			return err
		}
		if err := below.set(value, path[1:]...); err != nil {
			return err
		}
		if raw, err = encode(below); err != nil {
			return err
		}
	}
	o[path[0]] = raw
	return nil
}

// absent says whether there is no value.
func absent(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

// encode writes JSON in which <, > and & stay as they are.
func encode(value any) (json.RawMessage, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(value); err != nil {
		return nil, fmt.Errorf("encoding the app manifest: %w", err)
	}
	return bytes.TrimSpace(out.Bytes()), nil
}
