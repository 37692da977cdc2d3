package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"
)

// A portal's fields belong to its lock, which the framework holds while it handles an event
// of the portal. What else wants to know of a portal, as the lanes of other conversations
// and commands do, asks here.

// roomOf is the room of a portal, "" if it has none, without the portal's lock.
func (c *Connector) roomOf(portal *bridgev2.Portal) id.RoomID {
	if portal == nil {
		return ""
	}
	c.relays.RLock()
	defer c.relays.RUnlock()
	if !portal.RoomCreated.IsSet() { // the framework sets it after the id of a new room
		return ""
	}
	return portal.MXID
}

// moveRoom gives a portal another room, under the portal's lock.
func (c *Connector) moveRoom(ctx context.Context, portal *bridgev2.Portal, room id.RoomID, params bridgev2.UpdateMatrixRoomIDParams) error {
	c.relays.Lock()
	defer c.relays.Unlock()
	return portal.UpdateMatrixRoomID(ctx, room, params)
}

// removeRoom removes the room from a portal, and with it the relay, under the portal's lock.
// See [Client.becomeRelay].
func (c *Connector) removeRoom(ctx context.Context, portal *bridgev2.Portal) error {
	c.relays.Lock()
	defer c.relays.Unlock()
	return portal.RemoveMXID(ctx)
}

// calledAs is what the room of a portal is called, without the portal's lock.
func (c *Connector) calledAs(ctx context.Context, portal *bridgev2.Portal) (string, error) {
	stored, err := c.bridge.DB.Portal.GetByKey(ctx, portal.PortalKey)
	if err != nil || stored == nil {
		return "", wrapped(err, "load the portal %s", portal.PortalKey)
	}
	return stored.Name, nil
}

// pictureOf is the picture that the room of a portal shows, "" if it has none, without the
// portal's lock.
func (c *Connector) pictureOf(ctx context.Context, portal *bridgev2.Portal) (networkid.AvatarID, error) {
	stored, err := c.bridge.DB.Portal.GetByKey(ctx, portal.PortalKey)
	if err != nil || stored == nil {
		return "", wrapped(err, "load the portal %s", portal.PortalKey)
	}
	return stored.AvatarID, nil
}
