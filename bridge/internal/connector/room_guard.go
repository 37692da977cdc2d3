package connector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackid"
)

// GuardRooms wraps the transport of the appservice's Matrix client. The framework brings a
// login's owner into a room with any event of its conversation (mautrix v0.30.0, bridgev2,
// UserLogin.MarkInPortal): by an invitation, or as themselves if the bridge may act for
// them. Two kinds of rooms are not the owner's yet: one that is being filled with what was
// said before, and the room of a direct conversation that another person holds. What would
// bring a person into those is not sent.
func (c *Connector) GuardRooms(next http.RoundTripper) http.RoundTripper {
	return roomGuard{next: next, connector: c}
}

type roomGuard struct {
	next      http.RoundTripper
	connector *Connector
}

// RoundTrip implements http.RoundTripper.
func (g roomGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	entry, ok := entryOf(req)
	if !ok {
		return g.next.RoundTrip(req)
	}
	out, err := g.connector.keepsOut(req.Context(), entry.room, entry.guest)
	if err != nil {
		return nil, err
	}
	if !out {
		return g.next.RoundTrip(req)
	}
	zerolog.Ctx(req.Context()).Debug().Stringer("room_id", entry.room).Stringer("user", entry.guest).
		Msg("A person is not let into a room that is not theirs yet")
	return entry.keptOut(req)
}

// keepsOut says whether the bridge does not let a user into a room. A guest without an id
// is a person for whom the bridge acts.
func (c *Connector) keepsOut(ctx context.Context, room id.RoomID, guest id.UserID) (bool, error) {
	if c.Ours(guest) {
		return false, nil
	}
	portal, err := c.bridge.GetPortalByMXID(ctx, room)
	if err != nil {
		return false, fmt.Errorf("load the portal of %s: %w", room, err)
	}
	if portal == nil {
		return false, nil
	}
	if c.isBeingFilled(portal) {
		return true, nil
	}
	if portal.Receiver == "" || guest == "" {
		return false, nil
	}
	client := c.clients.of(portal.Receiver)
	if client == nil {
		return false, nil
	}
	holder, err := client.holder(ctx, portal.PortalKey)
	return holder != guest, err
}

// isBeingFilled says whether a portal's room gets what was said before, so that no person
// is let in yet. A login that Slack refuses does not keep the people of another out.
func (c *Connector) isBeingFilled(portal *bridgev2.Portal) bool {
	team, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil || channel == "" {
		return false
	}
	var stuck, others bool
	for _, client := range c.clients.all() {
		if client.team != team || portal.Receiver != "" && client.login.ID != portal.Receiver {
			continue
		}
		filling, alive := client.backfills.isClosedToPeople(channel), client.IsLoggedIn()
		if filling && alive {
			return true
		}
		stuck, others = stuck || filling, others || alive
	}
	return stuck && !others
}

// entry is a request that brings a user into a room.
type entry struct {
	room id.RoomID
	// guest is who is invited, or joins; empty if the request does not say so.
	guest id.UserID
	kind  entryKind
}

type entryKind int

const (
	invites entryKind = iota
	invitesAsState
	joins
)

// entryOf returns what a request brings whom into: POST …/rooms/{room}/invite or …/join, or
// PUT …/rooms/{room}/state/m.room.member/{user}.
func entryOf(req *http.Request) (e entry, ok bool) {
	_, path, found := strings.Cut(req.URL.EscapedPath(), "/rooms/")
	parts := strings.Split(path, "/")
	for i := range parts {
		var err error
		if parts[i], err = url.PathUnescape(parts[i]); err != nil {
			return e, false
		}
	}
	e.room = id.RoomID(parts[0])
	switch {
	case !found:
	case req.Method == http.MethodPost && len(parts) == 2 && parts[1] == "invite":
		e.kind, e.guest = invites, said(req).UserID
		return e, e.guest != ""
	case req.Method == http.MethodPost && len(parts) == 2 && parts[1] == "join":
		e.kind, e.guest = joins, id.UserID(req.URL.Query().Get("user_id"))
		return e, true
	case req.Method == http.MethodPut && len(parts) == 4 && parts[1] == "state" && parts[2] == event.StateMember.Type:
		e.kind, e.guest = invitesAsState, id.UserID(parts[3])
		return e, said(req).Membership == event.MembershipInvite
	}
	return e, false
}

// invitation is what the body of a request says of an invitation.
type invitation struct {
	UserID     id.UserID        `json:"user_id"`
	Membership event.Membership `json:"membership"`
}

func said(req *http.Request) (said invitation) {
	if req.GetBody == nil {
		return said
	}
	body, err := req.GetBody()
	if err != nil {
		return said
	}
	defer func() { _ = body.Close() }()
	if json.NewDecoder(body).Decode(&said) != nil {
		return invitation{}
	}
	return said
}

// nowhere is no room.
const nowhere id.RoomID = "!nowhere"

// keptOut is the answer to an entry that was not sent. The framework stores who was invited
// and who has joined, and then does not do it again, also when people may come in. So this
// must not look like a success in that room: an invitation seems to be superfluous, which
// the framework does not note (appservice, IntentAPI.EnsureInvited), and a user has joined a
// room that does not exist.
func (e entry) keptOut(req *http.Request) (*http.Response, error) {
	refused := mautrix.MForbidden.WithMessage("the bridge does not let %s into this room", e.guest)
	if e.kind == invites {
		refused = mautrix.MForbidden.WithMessage("%s is already in the room, or does not come in yet", e.guest)
	}
	status, answer := http.StatusForbidden, any(&refused) // a value would not be encoded as Matrix has it
	if e.kind == joins {
		status, answer = http.StatusOK, mautrix.RespJoinRoom{RoomID: nowhere}
	}
	body, err := json.Marshal(answer)
	if err != nil {
		return nil, fmt.Errorf("encode the answer to a request that is not sent: %w", err)
	}
	return &http.Response{
		Status: http.StatusText(status), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(bytes.NewReader(body)),
		ContentLength: int64(len(body)), Request: req,
	}, nil
}
