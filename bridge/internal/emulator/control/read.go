package control

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"ops-jrz1/bridge/internal/emulator/socket"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// State is the whole workspace but its messages.
type State struct {
	Team       workspace.Team        `json:"team"`
	Users      []workspace.User      `json:"users"`
	Channels   []workspace.Channel   `json:"channels"`
	Apps       []workspace.App       `json:"apps"`
	Emoji      map[string]string     `json:"emoji"`
	UserGroups []workspace.UserGroup `json:"usergroups"`
	Sockets    []socket.Info         `json:"sockets"`
}

// State returns the workspace: people, channels, apps, sockets.
func (c *Client) State(ctx context.Context) (State, error) {
	var s State
	err := c.get(ctx, "/state", nil, &s)
	return s, err
}

// Channel returns one conversation.
func (c *Client) Channel(ctx context.Context, channel string) (workspace.Channel, error) {
	var ch workspace.Channel
	err := c.get(ctx, "/channels/"+url.PathEscape(channel), nil, &ch)
	return ch, err
}

// User returns one person or bot user.
func (c *Client) User(ctx context.Context, user string) (workspace.User, error) {
	var u workspace.User
	err := c.get(ctx, "/users/"+url.PathEscape(user), nil, &u)
	return u, err
}

// Messages returns all that was said in a conversation, replies included,
// oldest first.
func (c *Client) Messages(ctx context.Context, channel string) ([]workspace.Message, error) {
	var out []workspace.Message
	err := c.get(ctx, "/channels/"+url.PathEscape(channel)+"/messages", nil, &out)
	return out, err
}

// Message returns one message.
func (c *Client) Message(ctx context.Context, channel, ts string) (workspace.Message, error) {
	var m workspace.Message
	err := c.get(ctx, "/channels/"+url.PathEscape(channel)+"/messages/"+url.PathEscape(ts), nil, &m)
	return m, err
}

// Thread returns a thread, its parent first.
func (c *Client) Thread(ctx context.Context, channel, ts string) ([]workspace.Message, error) {
	var out []workspace.Message
	err := c.get(ctx, "/channels/"+url.PathEscape(channel)+"/threads/"+url.PathEscape(ts), nil, &out)
	return out, err
}

// Ephemerals returns what a person alone was shown, oldest first.
func (c *Client) Ephemerals(ctx context.Context, user string) ([]workspace.Ephemeral, error) {
	var out []workspace.Ephemeral
	err := c.get(ctx, "/users/"+url.PathEscape(user)+"/ephemerals", nil, &out)
	return out, err
}

// StandardEmoji returns the emoji that every workspace has, by name.
func (c *Client) StandardEmoji(ctx context.Context) (map[string]string, error) {
	var out map[string]string
	err := c.get(ctx, "/emoji/standard", nil, &out)
	return out, err
}

// CallFilter limits which calls are returned: empty fields do not.
type CallFilter struct {
	Method  string
	Channel string
	App     string
	// After leaves out calls up to that sequence number.
	After int
}

// Calls returns the Web API calls that apps made, oldest first.
func (c *Client) Calls(ctx context.Context, f CallFilter) ([]web.CallRecord, error) {
	q := url.Values{"method": {f.Method}, "channel": {f.Channel}, "app": {f.App}, "after": {strconv.Itoa(f.After)}}
	var out []web.CallRecord
	err := c.get(ctx, "/calls", q, &out)
	return out, err
}

// Sockets returns the open sockets.
func (c *Client) Sockets(ctx context.Context) ([]socket.Info, error) {
	var out []socket.Info
	err := c.get(ctx, "/sockets", nil, &out)
	return out, err
}

// Deliveries returns every envelope with its attempts, acks and latencies,
// oldest first. An event type limits them; "" does not.
func (c *Client) Deliveries(ctx context.Context, event string) ([]socket.Record, error) {
	var out []socket.Record
	err := c.get(ctx, "/deliveries", url.Values{"event": {event}}, &out)
	return out, err
}

// DeliverySummary counts the envelopes that pass the filter: acks, redeliveries
// and how long the acks took.
func (c *Client) DeliverySummary(ctx context.Context, f socket.Filter) (socket.Summary, error) {
	q := url.Values{"app": {f.App}, "event": {f.Event}, "channel": {f.Channel}, "after": {strconv.Itoa(f.After)}}
	var out socket.Summary
	err := c.get(ctx, "/deliveries/summary", q, &out)
	return out, err
}

// File returns a file's whole object.
func (c *Client) File(ctx context.Context, id string) (map[string]any, error) {
	var out map[string]any
	err := c.get(ctx, "/files/"+url.PathEscape(id), nil, &out)
	return out, err
}

// Content returns a file's bytes.
func (c *Client) Content(ctx context.Context, id string) ([]byte, error) {
	path := "/files/" + url.PathEscape(id) + "/content"
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.base+path, nil)
	if err != nil {
		return nil, fmt.Errorf("emulator %s: %w", path, err)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("emulator %s: %w", path, err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("HTTP %d", res.StatusCode)
	}
	if err != nil {
		return nil, fmt.Errorf("emulator %s: %w", path, err)
	}
	return data, nil
}
