package slackevent

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"
)

// ErrShape is wrapped by every error about JSON that is valid but does not have
// the shape an event or object must have.
var ErrShape = errors.New("unexpected shape")

// maxDepth bounds how deep objects are followed. Slack's own nest a handful of
// levels (a message in a message in an event); blocks are kept raw.
const maxDepth = 24

var (
	rawType  = reflect.TypeFor[json.RawMessage]()
	timeType = reflect.TypeFor[time.Time]()
)

// Unmarshal decodes one JSON object of Slack's into the struct that dst points
// to, field by field:
//
//   - absent and null, and for objects and lists "", [], {} and false: the zero value
//   - string fields take numbers and booleans as they are written
//   - integers take whole numbers also when written as a string or with .0
//   - booleans take "true", "false", 0 and 1, also as strings
//   - times take Unix seconds, whole or not, also as a string, and RFC 3339
//   - list elements and map values that cannot be read are left out
//
// A field that still does not fit stays zero, or is an error wrapping
// [ErrShape] if it is tagged `shape:"strict"`. Invalid JSON, and JSON that is
// not an object, is an error. Keys must match the json tag exactly.
func Unmarshal(data []byte, dst any) error {
	v := reflect.ValueOf(dst)
	if v.Kind() != reflect.Pointer || v.IsNil() || v.Elem().Kind() != reflect.Struct {
		return fmt.Errorf("slackevent.Unmarshal needs a pointer to a struct, not %T", dst)
	}
	return decodeStruct(data, v.Elem(), 0)
}

func decodeStruct(data []byte, v reflect.Value, depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: nested deeper than %d", ErrShape, maxDepth)
	}
	var keys map[string]json.RawMessage
	if err := json.Unmarshal(data, &keys); err != nil {
		return fmt.Errorf("%w: not a JSON object: %w", ErrShape, err)
	}
	if keys == nil {
		return fmt.Errorf("%w: null where an object belongs", ErrShape)
	}
	return decodeFields(keys, v, depth)
}

func decodeFields(keys map[string]json.RawMessage, v reflect.Value, depth int) error {
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if field.Anonymous {
			if err := decodeFields(keys, v.Field(i), depth); err != nil {
				return err
			}
			continue
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		raw, sent := keys[name]
		if !sent || name == "-" || !field.IsExported() {
			continue
		}
		strict := field.Tag.Get("shape") == "strict"
		if err := decodeValue(raw, v.Field(i), depth+1); err != nil && strict {
			return fmt.Errorf("%s: %w", name, err)
		} else if err != nil {
			v.Field(i).SetZero()
		}
	}
	return nil
}

// decodeValue reads raw into v by v's type. An error leaves v undefined.
func decodeValue(raw json.RawMessage, v reflect.Value, depth int) error {
	if string(raw) == "null" {
		return nil
	}
	switch {
	case v.Type() == rawType:
		v.SetBytes(bytes.Clone(raw))
		return nil
	case v.Type() == timeType:
		return decodeTime(raw, v)
	}
	switch v.Kind() {
	case reflect.String:
		return decodeText(raw, v)
	case reflect.Int, reflect.Int64:
		return decodeInt(raw, v)
	case reflect.Bool:
		return decodeBool(raw, v)
	case reflect.Pointer:
		return decodePointer(raw, v, depth)
	case reflect.Struct:
		if isEmpty(raw) {
			return nil
		}
		return decodeStruct(raw, v, depth)
	case reflect.Slice:
		return decodeList(raw, v, depth)
	case reflect.Map:
		return decodeMap(raw, v, depth)
	default:
		return fmt.Errorf("%w: no rule for %s", ErrShape, v.Type())
	}
}

func decodePointer(raw json.RawMessage, v reflect.Value, depth int) error {
	if isEmpty(raw) {
		return nil
	}
	target := reflect.New(v.Type().Elem())
	if err := decodeValue(raw, target.Elem(), depth); err != nil {
		return err
	}
	v.Set(target)
	return nil
}

func decodeList(raw json.RawMessage, v reflect.Value, depth int) error {
	if isEmpty(raw) {
		return nil
	}
	var elements []json.RawMessage
	if err := json.Unmarshal(raw, &elements); err != nil {
		return fmt.Errorf("%w: not a list", ErrShape)
	}
	for _, element := range elements {
		one := reflect.New(v.Type().Elem()).Elem()
		if string(element) == "null" || decodeValue(element, one, depth) != nil {
			continue
		}
		v.Set(reflect.Append(v, one))
	}
	return nil
}

func decodeMap(raw json.RawMessage, v reflect.Value, depth int) error {
	if isEmpty(raw) {
		return nil
	}
	var entries map[string]json.RawMessage
	if err := json.Unmarshal(raw, &entries); err != nil {
		return fmt.Errorf("%w: not an object", ErrShape)
	}
	result := reflect.MakeMapWithSize(v.Type(), len(entries))
	for key, entry := range entries {
		one := reflect.New(v.Type().Elem()).Elem()
		if decodeValue(entry, one, depth) == nil {
			result.SetMapIndex(reflect.ValueOf(key), one)
		}
	}
	v.Set(result)
	return nil
}

// isEmpty says whether raw is one of the ways in which Slack writes "there is
// no such object or list". An empty list where an object belongs is what its PHP
// heritage makes of an empty map.
func isEmpty(raw json.RawMessage) bool {
	switch string(raw) {
	case `""`, `[]`, `{}`, `false`:
		return true
	}
	return false
}
