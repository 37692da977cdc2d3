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
	"ops-jrz1/bridge/internal/slackapi"
)

const (
	firstWait = time.Second
	longest   = time.Minute
	// tries is how often something is tried whose error will hardly go away.
	tries = 3
)

// backoff is the wait after the attempt-th try: a second, doubling to a minute.
func backoff(attempt int) time.Duration {
	wait := firstWait
	for ; attempt > 1 && wait < longest; attempt-- {
		wait *= 2
	}
	return min(wait, longest)
}

// fromSlackPolicy is the lanes' policy: what may pass is tried until it does,
// anything else a few times.
func fromSlackPolicy(err error, attempt int) (time.Duration, bool) {
	after, _ := slackapi.RetryAfter(err)
	switch slackapi.KindOf(err) {
	case slackapi.Temporary, slackapi.RateLimited, slackapi.Credentials:
		return max(after, backoff(attempt)), true
	}
	return backoff(attempt), attempt < tries || passing(err)
}

// passing says whether err is of the kind that time cures: the homeserver or the
// database not answering, or asking for patience, or the bridge's own stop.
func passing(err error) bool {
	if passes, known := database.Passes(err); known {
		return passes
	}
	var netErr net.Error
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.As(err, &netErr) ||
		errors.Is(err, bridgev2.ErrDatabaseError) || errors.Is(err, bridgev2.ErrFailedToGetIntent) {
		return true // the last means that a ghost's row could not be loaded
	}
	var httpErr mautrix.HTTPError
	if !errors.As(err, &httpErr) {
		return false
	}
	if httpErr.Response == nil {
		return true
	}
	status := httpErr.Response.StatusCode
	return status >= http.StatusInternalServerError || status == http.StatusTooManyRequests ||
		status == http.StatusUnauthorized
}
