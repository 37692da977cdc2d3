// Package slackapp holds what the bridge asks of a Slack workspace: one table
// of OAuth scopes, event subscriptions and settings, each with its reason and
// what is lost without it. The app's manifest, what an existing app lacks, the
// reference page, the check of a token's scopes and the cures in error texts all
// come from that table. The package must not talk to Slack.
package slackapp

import "slices"

// Need says what happens when a scope or an event is missing.
type Need int

const (
	// Required means that the bridge cannot do its work at all without it.
	Required Need = iota
	// Optional means that one feature is lost and the rest goes on.
	Optional
)

// String returns the word that the reference page uses.
func (n Need) String() string {
	switch n {
	case Required:
		return "required"
	default:
		return "optional"
	}
}

// Token says which of the app's two tokens carries a scope.
type Token int

const (
	// BotToken is the xoxb token, made when the app is installed.
	BotToken Token = iota
	// AppToken is the app-level xapp token, made under Basic Information.
	AppToken
)

// Scope is one OAuth scope that the bridge uses.
type Scope struct {
	// Name as Slack writes it, such as "chat:write".
	Name string
	// Token that has to carry the scope.
	Token Token
	// Need says whether the bridge works without the scope.
	Need Need
	// Reason is what the scope is for, to stand after "for".
	Reason string
	// Lost is what does not work without it, a clause without a full stop.
	Lost string
}

// Event is one event that the app subscribes to.
type Event struct {
	// Name as Slack's manifest writes it, such as "message.channels". A
	// delivered event's type is the part before the dot.
	Name string
	// Scopes are those under which Slack delivers the event. One of them is
	// enough, for the kind of conversation it belongs to. None means that the
	// event needs no scope.
	Scopes []string
	// Need says whether the bridge works without the event.
	Need Need
	// Reason is what the event is for, to stand after "for".
	Reason string
	// Lost is what does not work without it, a clause without a full stop.
	Lost string
}

// LookupScope returns the table's row for a scope; found is false for a scope
// that the bridge does not use.
func LookupScope(name string) (row Scope, found bool) {
	for _, s := range Scopes() {
		if s.Name == name {
			return s, true
		}
	}
	return Scope{}, false
}

// LookupEvent returns the table's row for a subscription, named as in the
// manifest; found is false for an event that the bridge does not use.
func LookupEvent(name string) (row Event, found bool) {
	for _, e := range Events() {
		if e.Name == name {
			return e, true
		}
	}
	return Event{}, false
}

// MissingScopes returns every scope that the bridge uses and that is not
// among those granted to its bot token (the X-OAuth-Scopes header of any
// answer), required ones first.
func MissingScopes(granted []string) []Scope { return missing(BotToken, granted) }

// MissingAppScopes is MissingScopes for the app-level token.
func MissingAppScopes(granted []string) []Scope { return missing(AppToken, granted) }

func missing(token Token, granted []string) []Scope {
	var out []Scope
	for _, s := range Scopes() {
		if s.Token == token && !slices.Contains(granted, s.Name) {
			out = append(out, s)
		}
	}
	slices.SortStableFunc(out, func(a, b Scope) int { return int(a.Need) - int(b.Need) })
	return out
}
