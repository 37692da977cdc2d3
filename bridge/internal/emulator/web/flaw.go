package web

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// flaw is what is wrong with a part of a message: where, as a JSON pointer from
// the part that was asked about, and what. Nil means that there is no flaw.
type flaw struct{ at, what string }

// under says where the part stands that has the flaw.
func (f *flaw) under(path string) *flaw {
	if f == nil {
		return nil
	}
	return &flaw{path + f.at, f.what}
}

// first returns the first flaw that there is.
func first(flaws ...*flaw) *flaw {
	for _, f := range flaws {
		if f != nil {
			return f
		}
	}
	return nil
}

func lacks(name string) *flaw { return &flaw{what: "missing required field: " + name} }

// object is a JSON object whose keys are checked one by one.
type object map[string]json.RawMessage

// objectOf reads an object; a flaw says that it is not one.
func objectOf(raw json.RawMessage) (object, *flaw) {
	var o object
	if json.Unmarshal(raw, &o) != nil || o == nil {
		return nil, &flaw{what: "must be an object"}
	}
	return o, nil
}

// kind returns the object's type.
func (o object) kind() (string, *flaw) {
	var kind string
	if json.Unmarshal(o["type"], &kind) != nil || kind == "" {
		return "", lacks("type")
	}
	return kind, nil
}

// str checks a string of at most that many characters; required ones must not be
// empty.
func (o object) str(name string, most int, required bool) *flaw {
	raw, ok := o[name]
	if !ok {
		if required {
			return lacks(name)
		}
		return nil
	}
	var s string
	switch {
	case json.Unmarshal(raw, &s) != nil:
		return &flaw{"/" + name, "must be a string"}
	case required && s == "":
		return &flaw{"/" + name, "must be more than 0 characters"}
	case utf8.RuneCountInString(s) > most:
		return &flaw{"/" + name, fmt.Sprintf("must be less than %d characters", most+1)}
	}
	return nil
}

// text checks a text object of any of the kinds (plain_text, mrkdwn).
func (o object) text(name string, most int, required bool, kinds ...string) *flaw {
	raw, ok := o[name]
	if !ok {
		if required {
			return lacks(name)
		}
		return nil
	}
	return checkText(raw, most, kinds...).under("/" + name)
}

func checkText(raw json.RawMessage, most int, kinds ...string) *flaw {
	o, f := objectOf(raw)
	if f != nil {
		return f
	}
	kind, f := o.kind()
	if f != nil {
		return f
	}
	if !slices.Contains(kinds, kind) {
		return &flaw{"/type", "must be one of " + strings.Join(kinds, ", ")}
	}
	return o.str("text", most, true)
}

// list reads a list of so many items.
func (o object) list(name string, least, most int) ([]json.RawMessage, *flaw) {
	raw, ok := o[name]
	if !ok {
		return nil, lacks(name)
	}
	var items []json.RawMessage
	switch {
	case json.Unmarshal(raw, &items) != nil:
		return nil, &flaw{"/" + name, "must be an array"}
	case len(items) < least:
		return nil, &flaw{"/" + name, fmt.Sprintf("no less than %d items allowed", least)}
	case len(items) > most:
		return nil, &flaw{"/" + name, fmt.Sprintf("no more than %d items allowed", most)}
	}
	return items, nil
}

// each checks every item of a list.
func (o object) each(name string, least, most int, check func(json.RawMessage) *flaw) *flaw {
	items, f := o.list(name, least, most)
	if f != nil {
		return f
	}
	for i, item := range items {
		if f := check(item); f != nil {
			return f.under(fmt.Sprintf("/%s/%d", name, i))
		}
	}
	return nil
}

// oneOf checks a string that has few values.
func (o object) oneOf(name string, required bool, values ...string) *flaw {
	raw, ok := o[name]
	if !ok {
		if required {
			return lacks(name)
		}
		return nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil || !slices.Contains(values, s) {
		return &flaw{"/" + name, "must be one of " + strings.Join(values, ", ")}
	}
	return nil
}

// part checks an object within the object, if it is there.
func (o object) part(name string, required bool, check func(object) *flaw) *flaw {
	raw, ok := o[name]
	if !ok {
		if required {
			return lacks(name)
		}
		return nil
	}
	inner, f := objectOf(raw)
	if f == nil {
		f = check(inner)
	}
	return f.under("/" + name)
}
