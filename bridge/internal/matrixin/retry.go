package matrixin

import (
	"errors"
	"time"
)

// Permanent marks an error that no repetition can cure: the event is given up,
// and the log says so.
func Permanent(err error) error { return &permanentError{err} }

// RetryAfter marks an error with the delay after which to try again, for
// instance the one a rate limit named.
func RetryAfter(err error, delay time.Duration) error { return &delayedError{err, delay} }

type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

type delayedError struct {
	error
	delay time.Duration
}

func (e *delayedError) Unwrap() error { return e.error }

func isPermanent(err error) bool {
	var permanent *permanentError
	return errors.As(err, &permanent)
}

// delay returns how long to wait after the given attempt (the first is 1).
// asked says that the error itself named the time.
func (cfg *Config) delay(attempt int, err error) (wait time.Duration, asked bool) {
	var delayed *delayedError
	if errors.As(err, &delayed) && delayed.delay > 0 {
		return delayed.delay, true
	}
	wait = cfg.RetryFirst
	for range attempt - 1 {
		if wait *= 2; wait >= cfg.RetryMax {
			return cfg.RetryMax, false
		}
	}
	return min(wait, cfg.RetryMax), false
}
