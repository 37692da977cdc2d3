package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

// oldest is the version of Matrix that the framework asks for (bridgev2/matrix:
// MinSpecVersion).
func oldest() mautrix.SpecVersion { return mautrix.SpecV14 }

// client returns a client of the homeserver as the bridge, which asks once.
func (e *examination) client() (*mautrix.Client, error) {
	return e.clientWith(e.config.AppService.ASToken)
}

// stranger returns a client of the homeserver without an account.
func (e *examination) stranger() (*mautrix.Client, error) { return e.clientWith("") }

func (e *examination) clientWith(token string) (*mautrix.Client, error) {
	client, err := mautrix.NewClient(e.config.Homeserver.Address, "", token)
	if err != nil {
		return nil, err
	}
	client.Client = e.http
	client.DefaultHTTPRetries = 0
	return client, nil
}

// checkHomeserver asks for the homeserver's versions (Matrix specification:
// Client-Server API, GET /_matrix/client/versions).
func (e *examination) checkHomeserver(ctx context.Context) (string, []Finding) {
	address := e.config.Homeserver.Address
	// Without the token: Synapse refuses one that it does not know here already, and
	// that is the next check's matter.
	client, err := e.stranger()
	if err != nil {
		return homeserverSilent.one("homeserver.address is no address", plain(err), "write one like http://127.0.0.1:8008")
	}
	versions, err := client.Versions(ctx)
	switch {
	case err != nil && answered(err):
		return homeserverOther.one("what answers at "+address+" is no Matrix homeserver", plain(err), "write the homeserver's own address into homeserver.address")
	case err != nil:
		if other, listens := otherLoopback(ctx, address); listens {
			return homeserverSilent.one(address+" does not answer", "something listens at "+other, "write "+other+" into homeserver.address")
		}
		return homeserverSilent.one(address+" does not answer", plain(err), "start the homeserver, or correct homeserver.address")
	case len(versions.Versions) == 0:
		return homeserverOther.one("what answers at "+address+" is no Matrix homeserver", "it names no versions", "write the homeserver's own address into homeserver.address")
	case !versions.ContainsGreaterOrEqual(oldest()):
		return homeserverOld.one("the homeserver at "+address+" speaks Matrix "+versions.GetLatest().String()+" at most", "the bridge needs "+oldest().String(), "install a newer homeserver")
	}
	return address + " speaks Matrix up to " + versions.GetLatest().String(), nil
}

// checkToken asks the homeserver who the bridge is (Matrix specification:
// Client-Server API, GET /account/whoami).
func (e *examination) checkToken(ctx context.Context) (string, []Finding) {
	client, err := e.client()
	if err != nil {
		return tokenUnclear.one("homeserver.address is no address", plain(err), "write one like http://127.0.0.1:8008")
	}
	address := e.config.Homeserver.Address
	who, err := client.Whoami(ctx)
	switch {
	case refused(err):
		return tokenRefused.one(address+" does not accept the as_token", plain(err),
			"it has no registration of the bridge or an older one: restart slack-bridge-registration and then the homeserver, or install what `slack-bridge registration` writes")
	case err != nil:
		return tokenUnclear.one(address+" does not say who the bridge is", plain(err), "see the homeserver's log")
	}
	bot := id.NewUserID(e.config.AppService.Bot.Username, e.config.Homeserver.Domain)
	if who.UserID != bot {
		return tokenOfAnother.one(fmt.Sprintf("%s takes the bridge for %s", address, who.UserID), "it is "+bot.String(),
			"see that homeserver.domain is the homeserver's server name, and install what `slack-bridge registration` writes")
	}
	return "the as_token is accepted as " + bot.String(), nil
}

// answered says whether an answer came over HTTP, whatever it was.
func answered(err error) bool {
	var httpErr mautrix.HTTPError
	return errors.As(err, &httpErr) && httpErr.Response != nil
}

// refused says whether a homeserver does not know a token.
func refused(err error) bool {
	return errors.Is(err, mautrix.MUnknownToken) || errors.Is(err, mautrix.MForbidden) ||
		errors.Is(err, mautrix.MExclusive) || errors.Is(err, mautrix.MMissingToken)
}

// plain is an error of the Matrix client without the request around it.
func plain(err error) string {
	var respErr mautrix.RespError
	if errors.As(err, &respErr) && respErr.ErrCode != "" {
		return strings.TrimSpace(respErr.ErrCode + ": " + respErr.Err)
	}
	var httpErr mautrix.HTTPError
	if errors.As(err, &httpErr) {
		switch {
		case httpErr.Response != nil:
			return fmt.Sprintf("HTTP %d %s", httpErr.Response.StatusCode, http.StatusText(httpErr.Response.StatusCode))
		case httpErr.WrappedError != nil:
			return plainHTTP(httpErr.WrappedError)
		}
	}
	return plainHTTP(err)
}
