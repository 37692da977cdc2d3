package slackws

import (
	"context"
	"errors"
	"io"
	"net"
	"net/url"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/secret"
)

// OpenError is what an error of [Config.Open] says about itself. An error that
// does not implement it is taken for Slack being out of reach if a network error
// is in its chain, and for a passing refusal if not.
type OpenError interface {
	error
	// Dead says that no retry helps until a person acts: the token is revoked,
	// of the wrong kind or lacks its scope, the app is uninstalled, its Socket
	// Mode is off or the account is disabled.
	Dead() bool
	// RetryAfter is how long to wait at least because Slack asked for it, on
	// this machine's clock: Config.Scale does not shorten it. 0 if Slack did not.
	RetryAfter() time.Duration
	// Parts are what is wrong, and what a person can do about it if anything.
	Parts() (what, cure string)
}

// fault is why there is no working socket, or will soon be none.
type fault struct {
	class      class
	reason     Reason
	detail     string        // what was seen, without secrets; may be ""
	brief      string        // detail without what a person is to do about it
	confirmed  bool          // a person has to act, and Slack said so often enough
	retryAfter time.Duration // as Slack demands, not to be scaled
	lived      time.Duration // how long the connection had worked, before Config.Scale
}

// closesSocket says whether the socket that had this fault is of no use any more.
// One that Slack announces to close goes on until its successor has said hello.
func (f *fault) closesSocket() bool {
	return f != nil && (f.class == dead || f.class == refused)
}

// kind is what the session is while it waits.
func (f *fault) kind(wait time.Duration) Kind {
	switch {
	case f.confirmed:
		return Stopped
	case wait > 0:
		return Waiting
	default:
		return Connecting
	}
}

// openFault judges an error of Config.Open.
func openFault(err error) *fault {
	f := &fault{class: refused, reason: ReasonAPIError}
	var netErr net.Error
	var known OpenError
	isKnown := errors.As(err, &known)
	if isKnown {
		what, _ := known.Parts()
		f.retryAfter, f.detail, f.brief = known.RetryAfter(), oneLine(err.Error()), oneLine(what)
	} else {
		f.detail = describe(err)
	}
	switch {
	case isKnown && known.Dead():
		f.class, f.reason = dead, ReasonDeadToken
	case errors.As(err, &netErr), errors.Is(err, context.DeadlineExceeded), endedEarly(err):
		f.class, f.reason = unreachable, ReasonUnreachable
	}
	return f
}

// endedEarly says whether a connection ended in the middle of things.
func endedEarly(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
}

// describe is err in one line, without the address in a *url.Error, which
// carries a socket's ticket, and without the framing of network errors.
func describe(err error) string {
	if err == nil {
		return ""
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	var atNet *net.OpError
	if errors.As(err, &atNet) && atNet.Err != nil {
		err = atNet.Err // without the addresses
	}
	return oneLine(err.Error())
}

// oneLine is text in one line and without anything shaped like a secret.
func oneLine(text string) string {
	return secret.Redact(strings.Join(strings.Fields(text), " "))
}
