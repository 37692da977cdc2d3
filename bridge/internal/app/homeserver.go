package app

import (
	"context"
	"errors"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix"

	"ops-jrz1/bridge/internal/exit"
)

const (
	// pollEvery is how often a homeserver that is not ready is asked again.
	pollEvery = time.Second
	// pollTimeout bounds one question.
	pollTimeout = 10 * time.Second
)

// awaitHomeserver asks the homeserver who we are until it knows us, for
// homeserver.startup_wait at most: both start together after a boot, and
// continuwuity takes up the registration only after it reports itself ready.
func (a *App) awaitHomeserver(ctx context.Context) error {
	// The first question is put without the token: Synapse answers an unknown one
	// with 401 there already, which would look as if nobody were there.
	stranger, err := a.homeserverClient("")
	if err != nil {
		return err
	}
	client, err := a.homeserverClient(a.config.AppService.ASToken)
	if err != nil {
		return err
	}
	patience, cancel := context.WithTimeout(ctx, a.config.StartupWait)
	defer cancel()
	said := ""
	for {
		reason := a.homeserverReady(patience, stranger, client)
		if reason == nil {
			return nil
		}
		if line := reason.Error(); line != said && patience.Err() == nil {
			said = line
			a.log.Info("waiting for the homeserver", zap.String("reason", line), zap.Duration("at_most", a.config.StartupWait))
			a.status.Status("waiting for the homeserver: " + line)
		}
		select {
		case <-patience.Done():
			if ctx.Err() != nil {
				return exit.New(exit.TryAgain, "stopped while waiting for the homeserver")
			}
			return reason
		case <-time.After(pollEvery):
		}
	}
}

// homeserverClient asks the homeserver with a token, or with none, and only once.
func (a *App) homeserverClient(token string) (*mautrix.Client, error) {
	client, err := mautrix.NewClient(a.config.Homeserver.Address, "", token)
	if err != nil {
		return nil, exit.New(exit.Config, "%s: homeserver.address: %w", a.config.Path, err)
	}
	client.Log = a.bridge.Log
	client.DefaultHTTPRetries = 0
	return client, nil
}

// homeserverReady returns nil if the homeserver answers and knows the as_token,
// and else the error with which to end if that does not change.
func (a *App) homeserverReady(ctx context.Context, stranger, client *mautrix.Client) *exit.Error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	address := a.config.Homeserver.Address
	if _, err := stranger.Versions(ctx); err != nil {
		return exit.New(exit.Unavailable, "bridge → homeserver: %s does not answer: %s; is it running, and is homeserver.address right?", address, plain(err))
	}
	_, err := client.Whoami(ctx)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, mautrix.MUnknownToken), errors.Is(err, mautrix.MForbidden), errors.Is(err, mautrix.MExclusive):
		return exit.New(exit.Refused, "bridge → homeserver: %s does not accept the as_token: the registration is not installed there or an older one is; install what `slack-bridge registration` writes and restart the homeserver", address)
	default:
		return exit.New(exit.Unavailable, "bridge → homeserver: %s does not say who we are: %s", address, plain(err))
	}
}

// plain is an error of the Matrix client without the request around it.
func plain(err error) string {
	var httpErr mautrix.HTTPError
	if errors.As(err, &httpErr) && httpErr.WrappedError != nil {
		return httpErr.WrappedError.Error()
	}
	return err.Error()
}
