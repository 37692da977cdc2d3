package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"

	"go.mau.fi/util/random"
	"maunium.net/go/mautrix"
)

// bridgeHealth is what the bridge's own health page says.
type bridgeHealth struct {
	State   string `json:"state"`
	Waiting int    `json:"events_waiting"`
	Refused int    `json:"pings_refused"`
	Aliases int    `json:"alias_queries"`
}

// checkBridge asks the bridge's own health page.
func (e *examination) checkBridge(ctx context.Context) (string, []Finding) {
	address := strings.TrimRight(e.config.AppService.Address, "/")
	answer, body, err := get(ctx, e.http, address+"/health", "")
	if err != nil {
		if host := e.config.AppService.Hostname; !e.ownAddress(host) {
			return configMistake.one("appservice.hostname: this machine does not have the address "+host, "", "write one that it has, such as 127.0.0.1")
		}
		if other, listens := otherLoopback(ctx, address); listens {
			return bridgeSilent.one("nothing answers at "+address, "something listens at "+other,
				"write "+other+" into appservice.address and install what `slack-bridge registration` writes; on NixOS set services.slack-bridge.appservice.hostname")
		}
		return bridgeSilent.one("nothing answers at "+address, plainHTTP(err), "start the bridge, or see why it does not start: journalctl -u slack-bridge -n 50")
	}
	var health bridgeHealth
	if json.Unmarshal(body, &health) != nil || health.State == "" {
		return bridgeOther.one("what answers at "+address+" is not the bridge", answer.Status, "stop the other program, or give the bridge another appservice.port and appservice.address")
	}
	e.pingsRefused = health.Refused
	if health.State != "ready" {
		return bridgeStarting.one("the bridge is "+health.State, "", "wait, or see what it waits for: systemctl status slack-bridge")
	}
	return fmt.Sprintf("%s takes transactions, %d events waiting", address, health.Waiting), nil
}

// ownAddress says whether the bridge could listen on an address. It does not try: the bridge may
// be about to.
func (e *examination) ownAddress(host string) bool {
	ip := net.ParseIP(host)
	addresses, err := e.Machine.Addresses()
	if ip == nil || ip.IsUnspecified() || ip.IsLoopback() || err != nil {
		return true // the resolver knows, or it listens everywhere
	}
	return slices.ContainsFunc(addresses, func(address net.Addr) bool {
		own, isNet := address.(*net.IPNet)
		return isNet && own.IP.Equal(ip)
	})
}

// checkPing has the homeserver ping the bridge (Matrix specification: Client-Server
// API, POST /_matrix/client/v1/appservice/{appserviceId}/ping).
func (e *examination) checkPing(ctx context.Context) (string, []Finding) {
	client, err := e.client()
	if err != nil {
		return pingFailed.one("homeserver.address is no address", plain(err), "write one like http://127.0.0.1:8008")
	}
	address := e.config.AppService.Address
	pong, err := client.AppservicePing(ctx, e.config.AppService.ID, "doctor-"+random.String(16))
	const differ = "both have different hs_tokens, or another program has the port: restart slack-bridge-registration, the homeserver and the bridge"
	switch {
	case err == nil && pong != nil:
		return fmt.Sprintf("the homeserver reached the bridge in %d ms", pong.DurationMS), nil
	case errors.Is(err, mautrix.MBadStatus) && refusal(statusOf(err)):
		return pingRefused.one("the bridge refused the homeserver's ping", shownStatus(err), differ)
	case errors.Is(err, mautrix.MBadStatus):
		return pingFailed.one("what answers the homeserver at "+address+" is not the bridge", shownStatus(err),
			"see appservice.address, url in the registration, and any proxy between")
	case errors.Is(err, mautrix.MURLNotSet):
		return pingNoURL.one("the registration at the homeserver has no url", plain(err),
			"install what `slack-bridge registration` writes and restart the homeserver")
	case errors.Is(err, mautrix.MForbidden):
		return pingOtherID.one("the registration at the homeserver has another id than appservice.id", plain(err),
			"restart slack-bridge-registration and the homeserver; continuwuity takes the new one only after `!admin appservices unregister OLD_ID` in its admin room")
	case e.hasRefusedPing(ctx):
		// continuwuity answers 500 M_UNKNOWN whatever the cause; the bridge has seen it.
		return pingRefused.one("the bridge refused the homeserver's ping", "as the bridge says", differ)
	case errors.Is(err, mautrix.MUnrecognized), errors.Is(err, mautrix.MNotFound):
		return pingUnknown.one("this homeserver cannot be asked to ping the bridge", plain(err), "write a message in a bridged room and see that it arrives")
	default:
		return pingFailed.one("the homeserver does not reach the bridge at "+address, plain(err),
			"see that appservice.address is how the homeserver's machine reaches the bridge, and that the registration there has it as url")
	}
}

// hasRefusedPing says whether the bridge has refused a ping for its token since
// checkBridge asked it.
func (e *examination) hasRefusedPing(ctx context.Context) bool {
	before := e.pingsRefused
	e.checkBridge(ctx)
	return e.pingsRefused > before
}

// statusOf is the status of the answer to a ping, as the homeserver says; 0 if it does not.
func statusOf(err error) int {
	var respErr mautrix.RespError
	if !errors.As(err, &respErr) {
		return 0
	}
	status, _ := respErr.ExtraData["status"].(float64)
	return int(status)
}

// refusal says whether a status is that of the bridge for an hs_token that is not its own.
func refusal(status int) bool {
	return status == http.StatusUnauthorized || status == http.StatusForbidden
}

func shownStatus(err error) string {
	if status := statusOf(err); status != 0 {
		return fmt.Sprintf("HTTP %d", status)
	}
	return plain(err)
}

// maxAnswer is more than any answer that a check reads.
const maxAnswer = 64 << 10

// get makes one request; host replaces the URL's own, unless it is "".
func get(ctx context.Context, client *http.Client, url, host string) (*http.Response, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, nil, err
	}
	if host != "" {
		request.Host = host
	}
	answer, err := client.Do(request)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	return answer, body, err
}
