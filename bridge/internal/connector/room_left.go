package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
)

// A room that a channel loses is left to its people. That the bridge's users leave it is a row of
// its own, put before the channel loses the room: nothing stops it half-way, neither a homeserver
// that does not answer nor the end of the process.

// kindLeave is such a row. Its payload is the room.
const kindLeave = "leave"

const (
	// leavePatience is how long such a row waits for the channel to lose the room, and
	// leaveWait the time between its looks.
	leavePatience = 10 * time.Minute
	leaveWait     = time.Second
)

var errStillLinked = errors.New("the room's channel has no other yet")

// putLeave puts the row that has the bridge's users leave a room.
func (c *Client) putLeave(ctx context.Context, room id.RoomID) error {
	_, err := c.connector.inbox.Put(ctx, inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane("") + "leave " + room.String(), Kind: kindLeave, Payload: []byte(room),
		Key: fmt.Sprintf("leave %s %d", room, time.Now().UnixNano()),
	})
	return wrapped(err, "store that the bridge's users leave %s", room)
}

// handleLeave handles a row of kind leave. A room that keeps its channel keeps the bridge's users.
func (c *Client) handleLeave(ctx context.Context, row *inbox.Attempt) error {
	room := id.RoomID(row.Payload)
	// The framework would load a second portal if it were asked while the room is taken from the first.
	portal, err := c.connector.bridge.DB.Portal.GetByMXID(ctx, room)
	switch {
	case err != nil:
		return fmt.Errorf("load the portal of %s: %w", room, err)
	case portal == nil:
		return onlyTransient(ctx, c.connector.bridge.Bot.DeleteRoom(ctx, room, true), "have the bridge's users leave a room")
	case time.Since(row.Arrived) < c.connector.scaled(leavePatience):
		return inbox.Later(c.connector.scaled(leaveWait), errStillLinked)
	}
	return nil
}

// leaveSoon has the bridge's users leave a room for which a row was put. If they cannot now, the
// row has them do so.
func (c *Connector) leaveSoon(ctx context.Context, room id.RoomID) {
	if err := c.bridge.Bot.DeleteRoom(ctx, room, true); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Stringer("room_id", room).Msg("The bridge's users have not left a room yet that has no channel any more; they will")
	}
}

// leaver is a login that may put the row for a portal's room, nil if there is none.
func (c *Connector) leaver(portal *bridgev2.Portal) *Client {
	if relay := c.relayOf(portal); relay != nil {
		return relay
	}
	if usable := c.clients.usable(); len(usable) > 0 {
		return usable[0]
	}
	return nil
}
