package app

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"go.uber.org/zap"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/exit"
)

const (
	// pollEvery is how often a homeserver that is not ready is asked again.
	pollEvery = time.Second
	// pollTimeout bounds one round of questions.
	pollTimeout = 10 * time.Second
)

// install is the cure when homeserver and bridge have different registrations.
const install = "install what `slack-bridge registration` writes and restart the homeserver"

// unregister is what else continuwuity needs when the id has changed: it refuses the
// new registration while the old one has the same tokens (seen on 26.8).
const unregister = "continuwuity takes it only after `!admin appservices unregister OLD_ID` in its admin room (`!admin appservices list-registered` shows OLD_ID)"

// awaitHomeserver asks the homeserver who we are and whether it reaches us, until
// both are well, for homeserver.startup_wait at most: both start together after a
// boot, and continuwuity takes up the registration only after it reports itself
// ready. What is waited for is said when it changes.
func (a *App) awaitHomeserver(ctx context.Context) error {
	client, err := a.plainClient()
	if err != nil {
		return exit.New(exit.Config, "%s: homeserver.address: %w", a.config.Path, err)
	}
	patience, cancel := context.WithTimeout(ctx, a.config.StartupWait)
	defer cancel()
	said := ""
	for {
		reason := a.homeserverReady(ctx, client)
		if reason == nil {
			return nil
		}
		if reason.Line != said {
			said = reason.Line
			a.log.Info("Waiting for the homeserver", zap.String("reason", said), zap.Duration("at_most", a.config.StartupWait))
			a.life.Status("waiting for the homeserver: " + said)
		}
		select {
		case <-patience.Done():
			return reason
		case <-time.After(pollEvery):
		}
	}
}

// plainClient is a client of the homeserver as the bridge's bot that neither repeats
// requests nor goes through what the framework's goes through.
func (a *App) plainClient() (*mautrix.Client, error) {
	client, err := mautrix.NewClient(a.config.Homeserver.Address, "", a.config.AppService.ASToken)
	if err != nil {
		return nil, err
	}
	client.Log = a.frameworkLog()
	client.DefaultHTTPRetries = 0
	return client, nil
}

// homeserverReady returns nil if the homeserver answers, knows the as_token as
// our bot's and reaches the bridge, and else the error with which to end if that
// does not change.
func (a *App) homeserverReady(ctx context.Context, client *mautrix.Client) *exit.Error {
	ctx, cancel := context.WithTimeout(ctx, min(pollTimeout, max(a.config.StartupWait/2, pollEvery)))
	defer cancel()
	versions, err := client.Versions(ctx)
	if err != nil {
		return a.unanswered(err)
	}
	who, err := client.Whoami(ctx)
	if err != nil {
		return a.unanswered(err)
	}
	bot := id.NewUserID(a.config.AppService.Bot.Username, a.config.Homeserver.Domain)
	if who.UserID != bot {
		return exit.New(exit.Config, "%s: appservice.bot.username, homeserver.domain: they make the bot %s, but the registration at %s is of %s; %s",
			a.config.Path, bot, a.config.Homeserver.Address, who.UserID, install)
	}
	if !versions.Supports(mautrix.FeatureAppservicePing) {
		return nil
	}
	refused := a.server.Stats().RefusedPings
	if _, err := client.AppservicePing(ctx, a.config.AppService.ID, "start"); err != nil {
		if a.server.Stats().RefusedPings > refused {
			return a.otherToken()
		}
		return a.unreached(err)
	}
	return nil
}

// unanswered is the error for a homeserver that does not answer, or not us.
func (a *App) unanswered(err error) *exit.Error {
	address := a.config.Homeserver.Address
	switch {
	case errors.Is(err, mautrix.MUnknownToken), errors.Is(err, mautrix.MForbidden), errors.Is(err, mautrix.MExclusive), errors.Is(err, mautrix.MMissingToken):
		return exit.New(exit.Refused, "bridge → homeserver: %s does not accept the as_token: the registration is not installed there or an older one is; %s", address, install)
	default:
		return exit.New(exit.Unavailable, "bridge → homeserver: %s does not answer: %s; is it running, and is homeserver.address right?", address, plain(err))
	}
}

// hop begins the lines about the way from the homeserver.
const hop = "homeserver → bridge: "

// otherToken is the error for a homeserver whose hs_token is not ours.
func (a *App) otherToken() *exit.Error {
	return exit.New(exit.Refused, hop+"the homeserver has another hs_token than %s; %s", a.config.Path, install)
}

// badStatus is the error for a ping to which something answered with a status.
func (a *App) badStatus(status int) *exit.Error {
	if status == http.StatusUnauthorized || status == http.StatusForbidden {
		return a.otherToken()
	}
	return exit.New(exit.Unavailable, hop+"what answers the homeserver at %s is not the bridge (HTTP %d); see appservice.address in %s and url in the registration, and any proxy between", a.config.AppService.Address, status, a.config.Path)
}

// responseStatus is how continuwuity, which has no error code for it, names the status
// of a bridge's answer (seen on 26.8).
var responseStatus = regexp.MustCompile(`unsuccessful HTTP response (\d{3})\b`)

// statusInText finds the status in the text of an error. The text itself is not for
// people: it may name the address that was asked, with the hs_token in it.
func statusInText(text string) (status int, ok bool) {
	found := responseStatus.FindStringSubmatch(text)
	if found == nil {
		return 0, false
	}
	status, err := strconv.Atoi(found[1])
	return status, err == nil
}

// unreached is the error for a homeserver that does not reach the bridge, as it
// says itself (Matrix spec, Application Service API: "Pinging").
func (a *App) unreached(err error) *exit.Error {
	var answer mautrix.HTTPError
	if !errors.As(err, &answer) || answer.RespError == nil {
		return a.unanswered(err)
	}
	switch answer.RespError.ErrCode {
	case "M_BAD_STATUS":
		status, _ := answer.RespError.ExtraData["status"].(float64)
		return a.badStatus(int(status))
	case "M_FORBIDDEN":
		return exit.New(exit.Config, "%s: appservice.id: the registration at the homeserver has another id; %s; %s", a.config.Path, install, unregister)
	case "M_URL_NOT_SET":
		return exit.New(exit.Config, hop+"the registration at the homeserver has no url; %s", install)
	default:
		if status, ok := statusInText(answer.RespError.Err); ok {
			return a.badStatus(status)
		}
		return exit.New(exit.Unavailable, hop+"the homeserver cannot reach the bridge (%s): appservice.address in %s, which is url in the registration, must lead from it to %s", answer.RespError.ErrCode, a.config.Path, a.server.Addr())
	}
}

// plain is an error of the Matrix client without the request around it.
func plain(err error) string {
	var httpErr mautrix.HTTPError
	if errors.As(err, &httpErr) && httpErr.WrappedError != nil {
		err = httpErr.WrappedError
	}
	var withURL *url.Error
	if errors.As(err, &withURL) {
		err = withURL.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "it took the request and sent nothing back"
	}
	return err.Error()
}
