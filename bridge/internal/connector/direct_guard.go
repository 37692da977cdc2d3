package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"
)

// HoldersOnly wraps the transport of the appservice's Matrix client: the bridge invites
// people to the room of a direct conversation only if they hold it. The framework would
// invite the login's owner with any event of the conversation (mautrix v0.30.0, bridgev2,
// UserLogin.MarkInPortal). Such an invitation is not sent; the framework is told that it
// was, since it would try again otherwise.
func (c *Connector) HoldersOnly(next http.RoundTripper) http.RoundTripper {
	return holdersOnly{next: next, connector: c}
}

type holdersOnly struct {
	next      http.RoundTripper
	connector *Connector
}

// RoundTrip implements http.RoundTripper.
func (h holdersOnly) RoundTrip(req *http.Request) (*http.Response, error) {
	room, guest, invites := invitation(req)
	if !invites {
		return h.next.RoundTrip(req)
	}
	out, err := h.connector.keepsOut(req.Context(), room, guest)
	if err != nil {
		return nil, err
	}
	if !out {
		return h.next.RoundTrip(req)
	}
	zerolog.Ctx(req.Context()).Debug().Stringer("room_id", room).Stringer("user", guest).
		Msg("Not invited to a direct conversation that another person holds")
	return &http.Response{
		Status: http.StatusText(http.StatusOK), StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader("{}")), ContentLength: 2, Request: req,
	}, nil
}

// keepsOut says whether the bridge does not invite a user to a room.
func (c *Connector) keepsOut(ctx context.Context, room id.RoomID, guest id.UserID) (bool, error) {
	if c.Ours(guest) {
		return false, nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, room)
	if err != nil {
		return false, fmt.Errorf("load the portal of %s: %w", room, err)
	}
	if portal == nil || portal.Receiver == "" {
		return false, nil
	}
	client := c.clients.of(portal.Receiver)
	if client == nil {
		return false, nil
	}
	holder, err := client.holder(ctx, portal.PortalKey)
	return holder != guest, err
}

// invitation is what a request invites whom to: POST …/rooms/{room}/invite.
func invitation(req *http.Request) (room id.RoomID, guest id.UserID, ok bool) {
	if req.Method != http.MethodPost || !strings.HasSuffix(req.URL.Path, "/invite") || req.GetBody == nil {
		return "", "", false
	}
	parts := strings.Split(req.URL.EscapedPath(), "/")
	if len(parts) < 3 || parts[len(parts)-3] != "rooms" {
		return "", "", false
	}
	name, err := url.PathUnescape(parts[len(parts)-2])
	if err != nil {
		return "", "", false
	}
	body, err := req.GetBody()
	if err != nil {
		return "", "", false
	}
	defer func() { _ = body.Close() }()
	var invited struct {
		User id.UserID `json:"user_id"`
	}
	if json.NewDecoder(body).Decode(&invited) != nil || invited.User == "" {
		return "", "", false
	}
	return id.RoomID(name), invited.User, true
}
