package slackfmt

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object of Block Kit, read without a schema: Slack adds fields
// and types at will, and one that has an unexpected shape must not cost the rest
// of the message.
type object map[string]any

// objects reads a JSON array of objects; whole is false when something in it is
// not one.
func objects(raw json.RawMessage) (out []object, whole bool) {
	if len(raw) == 0 || string(raw) == "null" {
		return nil, true
	}
	var values []any
	if err := json.Unmarshal(raw, &values); err != nil {
		return nil, false
	}
	out = toObjects(values)
	return out, len(out) == len(values)
}

// toObject reads a JSON object; nil, which reads as empty, where there is none.
func toObject(raw json.RawMessage) object {
	var value map[string]any
	if json.Unmarshal(raw, &value) != nil {
		return nil
	}
	return value
}

func toObjects(values []any) []object {
	out := make([]object, 0, len(values))
	for _, value := range values {
		if o, ok := value.(map[string]any); ok {
			out = append(out, o)
		}
	}
	return out
}

// str is a field as text: a string, or a number as written.
func (o object) str(key string) string {
	switch value := o[key].(type) {
	case string:
		return clean(value)
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	}
	return ""
}

// first is the first of several fields that is not empty.
func (o object) first(keys ...string) string {
	for _, key := range keys {
		if value := o.str(key); value != "" {
			return value
		}
	}
	return ""
}

// count is a field as a number from 0 to most.
func (o object) count(key string, most int) int {
	value, _ := o[key].(float64)
	return max(0, min(int(max(0, min(value, 1e9))), most))
}

// is says whether a field is true.
func (o object) is(key string) bool {
	value, _ := o[key].(bool)
	return value
}

// object is a field that holds an object; nil otherwise, which reads as empty.
func (o object) object(key string) object {
	value, _ := o[key].(map[string]any)
	return value
}

// strings is a field that holds texts.
func (o object) strings(key string) []string {
	values, _ := o[key].([]any)
	var out []string
	for _, value := range values {
		if text, ok := value.(string); ok && text != "" {
			out = append(out, clean(text))
		}
	}
	return out
}

// without is the object without some fields, whose names stand between spaces.
func (o object) without(keys string) object {
	rest := object{}
	for key, value := range o {
		if !slices.Contains(strings.Fields(keys), key) {
			rest[key] = value
		}
	}
	return rest
}

// list is a field that holds objects.
func (o object) list(key string) []object {
	values, _ := o[key].([]any)
	return toObjects(values)
}
