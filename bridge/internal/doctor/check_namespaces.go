package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/id"
)

// unlikely is no id of a person in Slack, and no name of a channel, for its period.
const unlikely = "doctor.check"

const registerAgain = "the homeserver has an older registration: restart slack-bridge-registration and then the homeserver, or install what `slack-bridge registration` writes"

// checkNamespaces asks the homeserver which users and aliases it takes for the bridge's.
func (e *examination) checkNamespaces(ctx context.Context) (string, []Finding) {
	client, err := e.client()
	if err != nil {
		return tokenUnclear.one("homeserver.address is no address", plain(err), "write one like http://127.0.0.1:8008")
	}
	localpart := e.config.AppService.FormatUsername(unlikely)
	ghost := id.NewUserID(localpart, e.config.Homeserver.Domain)
	if err := asGhost(ctx, client, ghost); isOutside(err) {
		return ghostsOutside.one("the homeserver does not let the bridge speak as "+ghost.String(), plain(err), registerAgain)
	}
	alias := id.NewRoomAlias(localpart, e.config.Homeserver.Domain)
	if asked, known := e.isAskedFor(ctx, client, alias); known && !asked {
		return aliasesOutside.one("the homeserver does not ask the bridge for "+alias.String(), "", registerAgain)
	}
	return "the homeserver takes " + ghost.String() + " for the bridge's", nil
}

// asGhost asks who the bridge is as one of its ghosts, which need not exist (Matrix
// specification: Application Service API, "Identity assertion").
func asGhost(ctx context.Context, client *mautrix.Client, ghost id.UserID) error {
	url := client.BuildURLWithQuery(mautrix.ClientURLPath{"v3", "account", "whoami"}, map[string]string{"user_id": ghost.String()})
	_, err := client.MakeRequest(ctx, http.MethodGet, url, nil, nil)
	return err
}

// isOutside says whether a homeserver refused a user because of the namespaces: continuwuity
// with an error of its own, Synapse in words. Both refuse users that do not exist otherwise.
func isOutside(err error) bool {
	return errors.Is(err, mautrix.MExclusive) || errors.Is(err, mautrix.MForbidden) && strings.Contains(plain(err), "masquerade")
}

// isAskedFor says whether the homeserver asks the bridge for an alias. It is not known if the
// bridge does not say how often it was asked.
func (e *examination) isAskedFor(ctx context.Context, client *mautrix.Client, alias id.RoomAlias) (asked, known bool) {
	before, ok := e.aliasQueries(ctx)
	if !ok {
		return false, false
	}
	_, err := client.ResolveAlias(ctx, alias)
	if !answered(err) {
		return false, false
	}
	after, ok := e.aliasQueries(ctx)
	return after > before, ok
}

func (e *examination) aliasQueries(ctx context.Context) (count int, ok bool) {
	var health bridgeHealth
	_, body, err := get(ctx, e.http, strings.TrimRight(e.config.AppService.Address, "/")+"/health", "")
	ok = err == nil && json.Unmarshal(body, &health) == nil && health.State == "ready"
	return health.Aliases, ok
}
