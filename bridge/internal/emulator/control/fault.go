package control

import (
	"context"
	"encoding/json"

	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// Switches are every switch of the emulator's behaviour.
type Switches struct {
	Web    web.Switches     `json:"web"`
	Socket socket.Switches  `json:"socket"`
	Quirks workspace.Quirks `json:"quirks"`
}

// Switches returns the switches in force.
func (c *Client) Switches(ctx context.Context) (Switches, error) {
	var s Switches
	err := c.get(ctx, "/switches", nil, &s)
	return s, err
}

// SetSwitches replaces all switches.
func (c *Client) SetSwitches(ctx context.Context, s Switches) error {
	return c.post(ctx, "/switches", s, nil)
}

// FailCalls plans a fault of Web API calls.
func (c *Client) FailCalls(ctx context.Context, f web.Fault) error {
	return c.post(ctx, "/faults/calls", f, nil)
}

// ClearFaults forgets the planned faults of calls and of envelopes; those that are
// held back are sent.
func (c *Client) ClearFaults(ctx context.Context) error {
	return c.post(ctx, "/faults/clear", struct{}{}, nil)
}

// Chaos plans faults of an app's next envelopes: duplicates, repeats, reordering,
// delays.
func (c *Client) Chaos(ctx context.Context, app string, x socket.Chaos) error {
	return c.post(ctx, "/faults/envelopes", struct {
		App string `json:"app,omitempty"`
		socket.Chaos
	}{app, x}, nil)
}

// Cut drops an app's sockets without a close frame.
func (c *Client) Cut(ctx context.Context, r SocketRequest) error {
	return c.post(ctx, "/faults/cut", r, nil)
}

// CloseSockets closes an app's sockets with a close frame.
func (c *Client) CloseSockets(ctx context.Context, r SocketRequest) error {
	return c.post(ctx, "/faults/close", r, nil)
}

// Disconnect sends a disconnect with a reason (refresh_requested, warning,
// link_disabled, too_many_websockets or any other). link_disabled also switches
// Socket Mode off until ChangeApp switches it on.
func (c *Client) Disconnect(ctx context.Context, r SocketRequest) error {
	return c.post(ctx, "/faults/disconnect", r, nil)
}

// RefuseSockets turns the next sockets away before hello.
func (c *Client) RefuseSockets(ctx context.Context, r SocketRequest) error {
	return c.post(ctx, "/faults/refuse", r, nil)
}

// HalfOpen makes sockets silent though they stay registered.
func (c *Client) HalfOpen(ctx context.Context, r SocketRequest) error {
	return c.post(ctx, "/faults/half-open", r, nil)
}

// BreakFrame sends a broken frame.
func (c *Client) BreakFrame(ctx context.Context, r SocketRequest) error {
	return c.post(ctx, "/faults/frame", r, nil)
}

// Raise sends an event of any type and shape to an app, whatever it subscribed
// to.
func (c *Client) Raise(ctx context.Context, eventType, channel string, event any) error {
	raw, err := json.Marshal(event)
	if err != nil {
		return err
	}
	return c.RaiseWith(ctx, EventRequest{Type: eventType, Channel: channel, Event: raw})
}

// RaiseWith sends an event or a whole envelope.
func (c *Client) RaiseWith(ctx context.Context, r EventRequest) error {
	return c.post(ctx, "/faults/event", r, nil)
}

// ChangeApp changes an app's scopes, subscriptions or Socket Mode.
func (c *Client) ChangeApp(ctx context.Context, r AppRequest) (workspace.App, error) {
	var app workspace.App
	err := c.post(ctx, "/apps/change", r, &app)
	return app, err
}

// RevokeTokens revokes an app's tokens of a kind.
func (c *Client) RevokeTokens(ctx context.Context, r TokenRequest) error {
	return c.post(ctx, "/apps/revoke", r, nil)
}

// ReplaceTokens revokes an app's tokens of a kind and issues a new one.
func (c *Client) ReplaceTokens(ctx context.Context, r TokenRequest) error {
	return c.post(ctx, "/apps/replace", r, nil)
}

// Uninstall takes an app out of the workspace.
func (c *Client) Uninstall(ctx context.Context, app string) error {
	return c.post(ctx, "/apps/uninstall", AppRequest{App: app}, nil)
}

// Reinstall installs an app again; its bot has a new token.
func (c *Client) Reinstall(ctx context.Context, r TokenRequest) error {
	return c.post(ctx, "/apps/reinstall", r, nil)
}

// Clock moves the emulated time or changes its scale or that of rate limits.
func (c *Client) Clock(ctx context.Context, r ClockRequest) error {
	return c.post(ctx, "/clock", r, nil)
}

// SetLatency makes every Web API call take a random time between two bounds in
// real milliseconds; 0 and 0 takes that away.
func (c *Client) SetLatency(ctx context.Context, l web.Latency) error {
	return c.post(ctx, "/latency", l, nil)
}

// SetPlan changes what the workspace's plan keeps back.
func (c *Client) SetPlan(ctx context.Context, p workspace.Plan) error {
	return c.post(ctx, "/plan", p, nil)
}
