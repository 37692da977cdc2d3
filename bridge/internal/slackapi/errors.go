package slackapi

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"ops-jrz1/bridge/internal/secret"
)

// Kind says what to do about an error.
type Kind int

const (
	// Temporary errors may pass: try again later.
	Temporary Kind = iota + 1
	// RateLimited means that Slack wants fewer calls: try again after [RetryAfter].
	RateLimited
	// Credentials means that the token itself is refused: nothing works before
	// an operator gives another.
	Credentials
	// MissingScope means that the app was not given a permission.
	MissingScope
	// Permanent means that Slack will give the same answer again.
	Permanent
)

// String names the kind for logs.
func (k Kind) String() string {
	switch k {
	case Temporary:
		return "temporary"
	case RateLimited:
		return "rate limited"
	case Credentials:
		return "credentials"
	case MissingScope:
		return "missing scope"
	case Permanent:
		return "permanent"
	default:
		return "none"
	}
}

// Error is the outcome of a call that did not succeed. Its text is one line for
// an operator: the method, what came back, the cure. It never holds a token.
type Error struct {
	// Method that was called, such as "chat.postMessage".
	Method string
	// Code is Slack's error code, or "" when what came back was not from Slack.
	Code string
	// Needed and Provided are the scopes that Slack names with missing_scope.
	Needed, Provided string
	// Details are what Slack says about a malformed argument.
	Details []string
	// Status of the HTTP answer, 0 when there was none.
	Status int
	// After is how long to wait on this client's clock, for RateLimited.
	After time.Duration

	kind    Kind
	outcome outcome
	token   tokenKind // with which the call was made
	what    string    // what came instead of Slack's answer
	cause   error
}

// outcome is what is known about the effect of a failed attempt.
type outcome int

const (
	// refused: Slack said no; nothing happened.
	refused outcome = iota
	// notSent: the call did not reach Slack, or not whole; nothing happened.
	notSent
	// unknown: the call may have been carried out.
	unknown
	// misled: something that is not Slack answered. It may have been carried out,
	// and asking again now gives the same.
	misled
)

// Kind says what to do about the error.
func (e *Error) Kind() Kind { return e.kind }

// MayHaveHappened says that the call may have been carried out all the same.
func (e *Error) MayHaveHappened() bool { return e.outcome == unknown || e.outcome == misled }

// Dead says that no retry helps until a person acts: the token is refused or
// lacks a scope, or Socket Mode is off in the app's settings.
func (e *Error) Dead() bool {
	return e.kind == Credentials || e.kind == MissingScope || e.Code == "socket_mode_not_enabled"
}

// RetryAfter is After: the wait that Slack asked for, on this client's clock, and
// 0 if it did not ask.
func (e *Error) RetryAfter() time.Duration { return e.After }

// Error implements error.
func (e *Error) Error() string {
	what, cure := e.Parts()
	if cure != "" {
		what += ": " + cure
	}
	return what
}

// Parts returns the two halves of the error's text: the method with what came back,
// and the cure, which may be "". Neither holds a token.
func (e *Error) Parts() (what, cure string) {
	parts := []string{"slack " + e.Method}
	switch {
	case e.what != "":
		parts = append(parts, e.what)
	case e.cause != nil:
		parts = append(parts, e.cause.Error())
	case e.Code != "":
		parts = append(parts, e.Code)
	}
	if len(e.Details) > 0 {
		parts = append(parts, strings.Join(e.Details, ", "))
	}
	return plainLine(strings.Join(parts, ": ")), plainLine(e.cure())
}

// Plain is the error for a person who wrote a message: why Slack refuses it and what
// helps, with Slack's code at the end for those who look it up.
func (e *Error) Plain() string {
	what, cure := e.Parts()
	switch {
	case e.Code == "":
		return what
	case cure == "":
		return plainLine("Slack refuses it and says " + strings.Join(append([]string{e.Code}, e.Details...), ", "))
	default:
		return cure + plainLine(" ("+e.Code+")")
	}
}

func plainLine(s string) string { return secret.Redact(oneLine(s)) }

// oneLine puts a space in the place of every control character.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}

// Unwrap returns what made the call fail below HTTP, such as a context's error.
func (e *Error) Unwrap() error { return e.cause }

// KindOf returns the kind of an error of this package, wrapped or not, and 0 for
// nil and for errors of others, such as a context that ended before the call.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.kind
	}
	return 0
}

// RetryAfter returns how long to wait before the next try; ok is false unless
// Slack, or the limiter in its place, asked for a wait.
func RetryAfter(err error) (after time.Duration, ok bool) {
	var e *Error
	if errors.As(err, &e) && e.kind == RateLimited {
		return e.After, true
	}
	return 0, false
}

// MayHaveHappened says whether the call behind the error may have been carried
// out all the same.
func MayHaveHappened(err error) bool {
	var e *Error
	return errors.As(err, &e) && e.MayHaveHappened()
}

// HasCode says whether err is Slack's answer with one of the codes.
func HasCode(err error, codes ...string) bool {
	var e *Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range codes {
		if e.Code == code {
			return true
		}
	}
	return false
}

// kindOfCode sorts Slack's error codes (Slack docs: the "Errors" section of the
// methods). What is not listed is Slack's last word.
func kindOfCode(code string) Kind {
	switch code {
	case "ratelimited", "rate_limited", "message_limit_exceeded":
		return RateLimited
	case "missing_scope":
		return MissingScope
	case "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired",
		"user_removed_from_team", "team_disabled", "not_allowed_token_type", "app_uninstalled",
		"invalid_refresh_token":
		return Credentials
	case "internal_error", "fatal_error", "service_unavailable", "request_timeout",
		"team_added_to_org", "org_login_required", "fetch_members_failed", "update_failed",
		"external_channel_migrating", "invalid_cursor":
		return Temporary
	default:
		return Permanent
	}
}

// outcomeOfCode says what a code tells about the effect. Slack's documentation
// of internal_error and fatal_error: some aspect of the operation may have
// succeeded before the error was raised.
func outcomeOfCode(code string) outcome {
	switch code {
	case "internal_error", "fatal_error", "service_unavailable":
		return unknown
	case "request_timeout": // the body was missing or cut on its way to Slack
		return notSent
	default:
		return refused
	}
}
