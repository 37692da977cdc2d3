package web

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Call is one call of a method by an authenticated token.
type Call struct {
	Method  Method
	Args    Args
	Token   workspace.Token
	App     workspace.App
	Actor   workspace.Actor
	Request *http.Request
	// Warnings are put into the answer.
	Warnings []string
	// page is what is wrong with the page that is answered, "" if nothing.
	page string
}

// Result is what an answer holds in addition to ok.
type Result map[string]any

// arg returns an argument, "" if absent.
func (c *Call) arg(name string) string { return c.Args[name] }

// has says whether an argument was given at all.
func (c *Call) has(name string) bool { _, ok := c.Args[name]; return ok }

// flag reads a boolean argument.
func (c *Call) flag(name string) bool {
	v := strings.ToLower(c.Args[name])
	return v == "true" || v == "1"
}

// limit reads the `limit` argument.
func (c *Call) limit(standard, most int) (int, error) {
	v, ok := c.Args["limit"]
	if !ok || v == "" || v == "0" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > most {
		return 0, workspace.Fail("invalid_limit")
	}
	return n, nil
}

// number reads a whole number.
func (c *Call) number(name string, standard int) (int, error) {
	v, ok := c.Args[name]
	if !ok || v == "" {
		return standard, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 {
		return 0, workspace.Fail("invalid_arguments", "[ERROR] must be a number [json-pointer:/"+name+"]")
	}
	return n, nil
}

// list splits a comma-separated argument.
func (c *Call) list(name string) []string {
	var out []string
	for part := range strings.SplitSeq(c.Args[name], ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out
}

// ids reads a list of ids, as JSON or separated by commas; nil if it was not given.
func (c *Call) ids(name string) ([]string, error) {
	if !c.has(name) {
		return nil, nil
	}
	out := []string{}
	if v := strings.TrimSpace(c.Args[name]); strings.HasPrefix(v, "[") {
		if err := json.Unmarshal([]byte(v), &out); err != nil {
			return nil, workspace.Fail("invalid_array_arg")
		}
		return out, nil
	}
	return append(out, c.list(name)...), nil
}

// raw returns a JSON argument, nil if it was not given.
func (c *Call) raw(name string) json.RawMessage {
	if v, ok := c.Args[name]; ok && v != "" {
		return json.RawMessage(v)
	}
	return nil
}

// need refuses unless the token holds any of the scopes.
func (c *Call) need(scopes ...string) error {
	if len(scopes) == 0 || slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(c.Token.Scopes, s) }) {
		return nil
	}
	return workspace.NeedScope(strings.Join(scopes, ","))
}

// needKind refuses unless the token may use the method on a kind of
// conversation.
func (c *Call) needKind(kind workspace.Kind) error {
	scopes, perKind := c.Method.scopesFor(kind)
	if perKind && len(scopes) == 0 {
		return workspace.Fail("method_not_supported_for_channel_type")
	}
	return c.need(scopes...)
}

var tsShape = regexp.MustCompile(`^(\d{1,10})(?:\.(\d{1,6}))?$`)

// timestamp brings a ts or a bare number of seconds into the form in which
// timestamps are compared.
func timestamp(v string) (ts string, ok bool) {
	m := tsShape.FindStringSubmatch(v)
	if m == nil {
		return "", false
	}
	return strings.Repeat("0", 10-len(m[1])) + m[1] + "." + m[2] + strings.Repeat("0", 6-len(m[2])), true
}

// span reads oldest, latest and inclusive.
func (c *Call) span() (workspace.Span, error) {
	s := workspace.Span{Inclusive: c.flag("inclusive")}
	var ok bool
	if v := c.arg("oldest"); v != "" {
		if s.Oldest, ok = timestamp(v); !ok {
			return s, workspace.Fail("invalid_ts_oldest")
		}
	}
	if v := c.arg("latest"); v != "" && v != "now" {
		if s.Latest, ok = timestamp(v); !ok {
			return s, workspace.Fail("invalid_ts_latest")
		}
	}
	return s, nil
}
