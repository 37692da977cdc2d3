package connector

import (
	"strings"
	"time"

	"maunium.net/go/mautrix/bridgev2/status"

	"ops-jrz1/bridge/internal/slackws"
)

// Error codes of bridge states, for clients that show them.
const (
	stateNoTokens    status.BridgeStateErrorCode = "slack-no-tokens"
	stateRefused     status.BridgeStateErrorCode = "slack-credentials-refused"
	stateUnreachable status.BridgeStateErrorCode = "slack-unreachable"
)

// onSocket passes the socket's state on to the framework; the socket itself has
// logged it.
func (c *Client) onSocket(state slackws.State) {
	now := time.Now()
	c.mu.Lock()
	if c.socket.Kind == slackws.Connected && state.Kind != slackws.Connected {
		c.lost, c.lostWhy = now, state.Reason
		c.connector.counts.lost(state.Reason)
	}
	if c.socket.Kind != state.Kind {
		c.since = now
	}
	c.socket = state
	c.mu.Unlock()
	c.tellSocket()
}

// tellSocket reports the state of the socket. A good state is not reported while nothing
// can be sent.
func (c *Client) tellSocket() {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.mu.Lock()
	state, dead := c.socket, c.dead != ""
	c.mu.Unlock()
	switch {
	case state.Kind == slackws.Stopped:
		c.send(status.StateBadCredentials, stoppedBy(state.Reason), state.Message)
	case dead:
	case state.Kind == slackws.Connected:
		c.send(status.StateConnected, "", "")
	case state.Kind == slackws.Waiting:
		c.send(status.StateTransientDisconnect, stateUnreachable, state.Message)
	}
}

// stoppedBy is the error code of a socket that needs a person: one for each reason,
// since the framework skips a state with the same code as the one before.
func stoppedBy(reason slackws.Reason) status.BridgeStateErrorCode {
	return status.BridgeStateErrorCode("slack-" + strings.ReplaceAll(string(reason), "_", "-"))
}

// tell sends a bridge state; the framework reports important ones in the owner's
// management room.
func (c *Client) tell(event status.BridgeStateEvent, code status.BridgeStateErrorCode, message string) {
	c.telling.Lock()
	defer c.telling.Unlock()
	c.send(event, code, message)
}

// send is tell for a caller that holds telling. A goroutine watches the socket and
// another the token: each holds telling from before it reads the state, so that the
// last state reported is the latest one.
func (c *Client) send(event status.BridgeStateEvent, code status.BridgeStateErrorCode, message string) {
	if c.login.BridgeState != nil {
		c.login.BridgeState.Send(status.BridgeState{StateEvent: event, Error: code, Message: message})
	}
}
