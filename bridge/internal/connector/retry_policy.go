package connector

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/database"
	"ops-jrz1/bridge/internal/matrixmedia"
	"ops-jrz1/bridge/internal/media"
	"ops-jrz1/bridge/internal/slackapi"
)

// transient says whether an error passes by itself: Slack, the homeserver or the
// database did not answer or asked to wait, or the bridge is stopping. after is how long
// the answer asked to wait, or 0.
func transient(err error) (after time.Duration, passes bool) {
	after, _ = slackapi.RetryAfter(err)
	switch slackapi.KindOf(err) {
	case slackapi.Temporary, slackapi.RateLimited, slackapi.Credentials:
		return after, true // refused credentials are checked again, see recheckToken
	}
	if matrixmedia.KindOf(err) != 0 {
		return 0, matrixmedia.Goes(err)
	}
	if passes, known := database.Passes(err); known {
		return 0, passes
	}
	var netErr net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &netErr) ||
		errors.Is(err, bridgev2.ErrDatabaseError) || errors.Is(err, bridgev2.ErrFailedToGetIntent) || errors.Is(err, errRowNotSaved) || errors.Is(err, media.ErrSpool) {
		return 0, true // the framework's intent fails when a ghost's row cannot be loaded
	}
	status, ofMatrix := matrixStatus(err)
	return 0, ofMatrix && (status == 0 || status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || status == http.StatusUnauthorized)
}

// matrixStatus is the HTTP status with which the homeserver refused a request, 0 if it
// did not answer. ok is false for other errors.
func matrixStatus(err error) (status int, ok bool) {
	var refused mautrix.HTTPError
	if !errors.As(err, &refused) {
		return 0, false
	}
	if refused.Response == nil {
		return 0, true
	}
	return refused.Response.StatusCode, true
}

const (
	firstWait = time.Second
	longest   = time.Minute
)

// backoff is the wait after a failed attempt at what a session does before it can handle
// rows: a second, doubling to a minute.
func backoff(attempt int) time.Duration {
	wait := firstWait
	for ; attempt > 1 && wait < longest; attempt-- {
		wait *= 2
	}
	return min(wait, longest)
}
