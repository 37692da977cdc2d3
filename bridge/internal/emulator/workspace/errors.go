package workspace

import "errors"

// Error is a refusal with Slack's own error code, such as channel_not_found.
type Error struct {
	// Code is the "error" of the answer.
	Code string
	// Messages are explanations for response_metadata.messages.
	Messages []string
	// Needed is the scope (comma-separated if any of several would do) that a
	// missing_scope refusal asks for.
	Needed string
}

func (e *Error) Error() string { return e.Code }

// Fail returns a refusal with a code and explanations.
func Fail(code string, messages ...string) error { return &Error{Code: code, Messages: messages} }

// NeedScope returns a missing_scope refusal.
func NeedScope(needed string) error { return &Error{Code: "missing_scope", Needed: needed} }

// CodeOf returns the code of a refusal, and "internal_error" for anything else.
func CodeOf(err error) string {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Code
	}
	return "internal_error"
}
