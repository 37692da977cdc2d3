package connector

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"
)

// partsOf returns the parts of a message of Slack that are in Matrix, in order.
func (c *Client) partsOf(ctx context.Context, receiver networkid.UserLoginID, message networkid.MessageID) ([]*database.Message, error) {
	parts, err := c.connector.bridge.DB.Message.GetAllPartsByID(ctx, receiver, message)
	if err != nil {
		return nil, fmt.Errorf("load message %s: %w", message, err)
	}
	return inOrder(parts), nil
}

// inOrder sorts parts by when they were sent. The framework's queries for several parts name
// no order (bridgev2/database/message.go), and PostgreSQL returns last what was updated last.
func inOrder(parts []*database.Message) []*database.Message {
	slices.SortFunc(parts, func(a, b *database.Message) int { return cmp.Compare(a.RowID, b.RowID) })
	return parts
}
