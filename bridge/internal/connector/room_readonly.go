package connector

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
)

// readOnlyLevel is the power level that is needed to write in a read-only room: more than
// the login's owner has, less than the bridge's bot has.
const readOnlyLevel = ownerLevel + 1

// makeReadOnly keeps people from writing in a room.
func (c *Client) makeReadOnly(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) error {
	return c.changeLevels(ctx, portal, "make the room read-only", func(levels *event.PowerLevelsEventContent) bool {
		if levels.EventsDefault >= readOnlyLevel {
			return false
		}
		meta.OpenLevel, levels.EventsDefault = levels.EventsDefault, readOnlyLevel
		return true
	})
}

// endReadOnly lets them write again, unless the level was changed meanwhile.
func (c *Client) endReadOnly(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) error {
	return c.changeLevels(ctx, portal, "open the room again", func(levels *event.PowerLevelsEventContent) bool {
		if levels.EventsDefault != readOnlyLevel {
			return false
		}
		levels.EventsDefault = meta.OpenLevel
		return true
	})
}

// letSpeak gives a ghost the power level that is needed to write in a room that is not open to
// everyone: Slack may deliver messages after a channel was closed that were written before,
// and it decides who may post where posting is restricted.
func (c *Client) letSpeak(ctx context.Context, key networkid.PortalKey, sender networkid.UserID) error {
	if sender == "" {
		return nil
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil || portal == nil || !c.connector.needsPower(portal) {
		return wrapped(err, "load the portal %s", key)
	}
	_, err = c.letWrite(key, sender)
	return err
}

// letWrite gives a ghost the power level that is needed to write in a room, and says whether it
// had less and has it now.
func (c *Client) letWrite(key networkid.PortalKey, sender networkid.UserID) (raised bool, err error) {
	ghost := c.connector.bridge.Matrix.GhostIntent(sender).GetMXID()
	lacks := func(levels *event.PowerLevelsEventContent) bool {
		return levels.GetUserLevel(ghost) < levels.EventsDefault
	}
	err = c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			lacked := false
			err := c.raise(ctx, portal, ghost, func(levels *event.PowerLevelsEventContent) int {
				lacked = lacks(levels)
				return levels.EventsDefault
			})
			if err != nil || !lacked {
				return err
			}
			levels, err := c.connector.powerLevels(ctx, portal.MXID)
			raised = err == nil && !lacks(levels)
			return wrapped(err, "look up the power levels of %s", portal.MXID)
		},
	})
	return raised, err
}

// orWithPower has an event tried again that the homeserver refuses because its ghost may not
// write in the room: the room was closed since that was looked at, or is only half closed. Now
// the ghost may. Any other error is returned as it is.
func (c *Client) orWithPower(key networkid.PortalKey, sender networkid.UserID, err error) error {
	if status, _ := matrixStatus(err); status != http.StatusForbidden || sender == "" {
		return err
	}
	if raised, raiseErr := c.letWrite(key, sender); raiseErr != nil || !raised {
		return err
	}
	return inbox.Later(shortWait, err)
}

// raise gives a ghost a power level, if it has less.
func (c *Client) raise(ctx context.Context, portal *bridgev2.Portal, ghost id.UserID, to func(*event.PowerLevelsEventContent) int) error {
	return c.changeLevels(ctx, portal, "give "+ghost.String()+" more power", func(levels *event.PowerLevelsEventContent) bool {
		level := to(levels)
		return levels.GetUserLevel(ghost) < level && levels.EnsureUserLevelAs(c.connector.bridge.Bot.GetMXID(), ghost, level)
	})
}

// changeLevels changes a room's power levels; change says whether there is something to
// change. If the homeserver refuses it permanently, the room stays as it is and messages go
// on. It runs under the portal's lock.
func (c *Client) changeLevels(ctx context.Context, portal *bridgev2.Portal, what string, change func(*event.PowerLevelsEventContent) bool) error {
	if c.connector.isPlumbed(portal) {
		return nil
	}
	levels, err := c.connector.powerLevels(ctx, portal.MXID)
	if err != nil {
		return fmt.Errorf("look up the power levels, to %s: %w", what, err)
	}
	if !change(levels) {
		return nil
	}
	_, err = c.connector.bridge.Bot.SendState(ctx, portal.MXID, event.StatePowerLevels, "", &event.Content{Parsed: levels}, time.Time{})
	return onlyTransient(ctx, err, what)
}

// powerLevels asks the homeserver for a room's power levels, which the caller may change.
// It does not use the framework's copy: the homeserver delivers each change some time after
// it was made, and until then the copy may be older.
func (c *Connector) powerLevels(ctx context.Context, room id.RoomID) (*event.PowerLevelsEventContent, error) {
	kept, err := c.bridge.Matrix.GetPowerLevels(ctx, room)
	if err != nil {
		return nil, err
	}
	connector, ok := c.bridge.Matrix.(*matrix.Connector)
	if !ok {
		return kept.Clone(), nil
	}
	levels := &event.PowerLevelsEventContent{CreateEvent: kept.CreateEvent} // the creators are part of it
	return levels, connector.Bot.StateEvent(ctx, room, event.StatePowerLevels, "", levels)
}
