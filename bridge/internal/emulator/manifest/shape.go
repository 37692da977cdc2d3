package manifest

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// shape is what a value of a manifest may be.
type shape struct {
	// kind is "object", "list", "text", "bool" or "number", "" for anything.
	kind string
	// keys of an object are all that it may have; nil lets it have any.
	keys     map[string]shape
	required []string
	// items are what a list holds.
	items *shape
	// min and max bound the length of a text or of a list; max 0 does not.
	min, max int
	unique   bool
	// prefixes are those of which a text begins with one.
	prefixes []string
	// words are all that a text may be.
	words []string
}

var kinds = map[string]func(any) bool{
	"object": func(v any) bool { _, ok := v.(map[string]any); return ok },
	"list":   func(v any) bool { _, ok := v.([]any); return ok },
	"text":   func(v any) bool { _, ok := v.(string); return ok },
	"bool":   func(v any) bool { _, ok := v.(bool); return ok },
	"number": func(v any) bool { _, ok := v.(float64); return ok },
}

// check returns what of a value does not fit.
func (s shape) check(value any, at string) []Problem {
	if s.kind == "" {
		return nil
	}
	if !kinds[s.kind](value) {
		return failed(at, "type, expected %s", s.kind)
	}
	switch v := value.(type) {
	case map[string]any:
		return s.checkObject(v, at)
	case []any:
		return s.checkList(v, at)
	case string:
		return s.checkText(v, at)
	default:
		return nil
	}
}

func failed(at, format string, args ...any) []Problem {
	return []Problem{{Message: "failed constraint: " + fmt.Sprintf(format, args...), Pointer: at, Code: "failed_constraint"}}
}

func (s shape) checkObject(value map[string]any, at string) (out []Problem) {
	for _, key := range s.required {
		if _, there := value[key]; !there {
			out = append(out, failed(at, "required, missing %s", key)...)
		}
	}
	if s.keys == nil {
		return out
	}
	for _, key := range slices.Sorted(maps.Keys(value)) {
		below, known := s.keys[key]
		if !known {
			out = append(out, failed(at, "additional_properties, unknown key %s", key)...)
			continue
		}
		out = append(out, below.check(value[key], at+"/"+key)...)
	}
	return out
}

func (s shape) checkList(value []any, at string) (out []Problem) {
	out = s.bounds("items", len(value), at)
	for i, item := range value {
		if s.unique && slices.ContainsFunc(value[:i], func(other any) bool { return reflect.DeepEqual(item, other) }) {
			out = append(out, failed(at, "unique_items, %v is there twice", item)...)
		}
		if s.items != nil {
			out = append(out, s.items.check(item, at+"/"+strconv.Itoa(i))...)
		}
	}
	return out
}

func (s shape) checkText(value, at string) []Problem {
	out := s.bounds("length", len([]rune(value)), at)
	if len(s.prefixes) > 0 && !slices.ContainsFunc(s.prefixes, func(p string) bool { return strings.HasPrefix(value, p) }) {
		out = append(out, failed(at, "pattern, expected it to begin with %s", strings.Join(s.prefixes, " or "))...)
	}
	if len(s.words) > 0 && !slices.Contains(s.words, value) {
		out = append(out, failed(at, "enum, expected %s", strings.Join(s.words, " or "))...)
	}
	return out
}

func (s shape) bounds(what string, n int, at string) (out []Problem) {
	if n < s.min {
		out = append(out, failed(at, "min_%s, expected %d, got %d", what, s.min, n)...)
	}
	if s.max > 0 && n > s.max {
		out = append(out, failed(at, "max_%s, expected %d, got %d", what, s.max, n)...)
	}
	return out
}
