// Package secret holds values that must never be shown: it owns the type that
// prints as [redacted] and the one list of shapes that count as a token. It must
// not read or store secrets; callers do that.
package secret

import (
	"encoding/json"
	"regexp"
)

// Mask is what stands where a secret was.
const Mask = "[redacted]"

// String is a secret value. Every way of printing or encoding it yields Mask;
// only Reveal gives the value itself.
type String struct{ value string }

// New wraps a plain value.
func New(value string) String { return String{value} }

// Reveal returns the plain value, to be put on the wire and nowhere else.
func (s String) Reveal() string { return s.value }

// Empty says whether no value was given.
func (s String) Empty() bool { return s.value == "" }

// String implements fmt.Stringer.
func (s String) String() string { return Mask }

// GoString implements fmt.GoStringer, so that %#v shows nothing either.
func (s String) GoString() string { return Mask }

// MarshalJSON implements json.Marshaler.
func (s String) MarshalJSON() ([]byte, error) { return json.Marshal(Mask) }

// MarshalText implements encoding.TextMarshaler.
func (s String) MarshalText() ([]byte, error) { return []byte(Mask), nil }

// UnmarshalText implements encoding.TextUnmarshaler: a configuration holds a secret as it is.
func (s *String) UnmarshalText(text []byte) error {
	s.value = string(text)
	return nil
}

// shapes matches everything that looks like a credential of Slack (bot, user,
// app-level, configuration and refresh tokens, socket tickets), of Matrix
// (access tokens of Synapse, an appservice's tokens in a config or a query) or
// of age. A group named keep is left standing in front of the mask.
//
// Slack's tokens are found in whatever form at the beginning of a word, and glued to
// other text in the form that Slack gives out, with a number first: the random letters
// of a Matrix event id do spell "xoxb-" now and then.
var shapes = regexp.MustCompile(
	`\b(?:xox[a-z](?:\.xox[a-z])?|xapp)-[0-9A-Za-z-]{6,}` +
		`|(?:xox[a-z](?:\.xox[a-z])?|xapp)-[0-9]+-[0-9A-Za-z-]{6,}` +
		`|\b(?:syt|mct|syr)_[0-9A-Za-z_]{6,}` +
		`|AGE-SECRET-KEY-1[0-9A-Z]{8,}` +
		`|(?P<keep>(?:as_token|hs_token|access_token|pickle_key|shared_secret|ticket)["']?\s*[:=]\s*["']?)[^\s"'&,}\[]{8,}`,
)

// userInfo matches the user and the password of an address.
var userInfo = regexp.MustCompile(`(://)[^\s/:@"'<>]*:[^\s/@"'<>]+@`)

// Redact returns text with everything that is shaped like a token, and the user and
// the password of every address, replaced by Mask. The name of a key in front of a
// value stays.
func Redact(text string) string {
	text = userInfo.ReplaceAllString(text, "${1}"+Mask+"@")
	return shapes.ReplaceAllString(text, "${keep}"+Mask)
}

// Find returns the first thing in text that is shaped like a token or a user with
// a password, or "".
func Find(text string) string {
	if found := userInfo.FindString(text); found != "" {
		return found
	}
	return shapes.FindString(text)
}
