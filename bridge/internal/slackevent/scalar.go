package slackevent

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"time"
)

// maxSeconds is the last Unix second of the year 9999, the last that JSON can
// show as a time again.
const maxSeconds = 253402300799

// decodeText takes a string, or a number or boolean as it is written.
func decodeText(raw json.RawMessage, v reflect.Value) error {
	text, err := literal(raw)
	if err != nil {
		return err
	}
	v.SetString(text)
	return nil
}

// decodeInt takes a whole number, also written as "12", 12.0 or 1.2e1. An empty
// string is no number and stays 0.
func decodeInt(raw json.RawMessage, v reflect.Value) error {
	text, err := literal(raw)
	if err != nil || text == "" {
		return err
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		v.SetInt(n)
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return fmt.Errorf("%w: %.40q is no whole number", ErrShape, text)
	}
	v.SetInt(int64(f))
	return nil
}

// decodeBool takes true, false, 1, 0, also as strings, and "" as false.
func decodeBool(raw json.RawMessage, v reflect.Value) error {
	text, err := literal(raw)
	if err != nil {
		return err
	}
	switch text {
	case "true", "1":
		v.SetBool(true)
	case "false", "0", "":
	default:
		return fmt.Errorf("%w: %.40q is neither true nor false", ErrShape, text)
	}
	return nil
}

// decodeTime takes Unix seconds, whole or with a fraction, also as a string, and
// RFC 3339, which is how encoding/json writes these structs. 0 and "" are no
// time: Slack writes them for "never".
func decodeTime(raw json.RawMessage, v reflect.Value) error {
	text, err := literal(raw)
	if err != nil || text == "" {
		return err
	}
	if written, err := time.Parse(time.RFC3339Nano, text); err == nil && written.Unix() > 0 {
		v.Set(reflect.ValueOf(written.UTC()))
		return nil
	}
	seconds, err := strconv.ParseFloat(text, 64)
	if err != nil || !(seconds >= 0 && seconds <= maxSeconds) {
		return fmt.Errorf("%w: %.40q is no Unix time", ErrShape, text)
	}
	if seconds == 0 {
		return nil
	}
	whole, fraction := math.Modf(seconds)
	microseconds := time.Duration(math.Round(fraction*1e6)) * time.Microsecond
	v.Set(reflect.ValueOf(time.Unix(int64(whole), 0).Add(microseconds).UTC()))
	return nil
}

// literal returns the text of a JSON string, number or boolean. Objects and
// lists are an error.
func literal(raw json.RawMessage) (string, error) {
	if len(raw) == 0 || raw[0] == '{' || raw[0] == '[' {
		return "", fmt.Errorf("%w: not a plain value", ErrShape)
	}
	if raw[0] != '"' {
		return string(raw), nil
	}
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return "", fmt.Errorf("%w: %w", ErrShape, err)
	}
	return text, nil
}
