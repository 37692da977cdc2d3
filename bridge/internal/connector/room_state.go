package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// stateIn reads a state event of a room that has no state key. It asks the homeserver for the
// content alone: one that does not know how to return a whole event would seem to have an empty one.
func (c *Connector) stateIn(ctx context.Context, room id.RoomID, kind event.Type, content any) error {
	if connector, ok := c.bridge.Matrix.(*matrix.Connector); ok {
		return connector.Bot.StateEvent(ctx, room, kind, "", content)
	}
	state, ok := c.bridge.Matrix.(bridgev2.MatrixConnectorWithArbitraryRoomState)
	if !ok {
		return errors.New("the homeserver's state cannot be read")
	}
	evt, err := state.GetStateEvent(ctx, room, kind, "")
	if err != nil || evt == nil {
		return err
	}
	raw, err := json.Marshal(&evt.Content)
	if err != nil {
		return fmt.Errorf("encode %s of %s: %w", kind.Type, room, err)
	}
	return wrapped(json.Unmarshal(raw, content), "read %s of %s", kind.Type, room)
}
