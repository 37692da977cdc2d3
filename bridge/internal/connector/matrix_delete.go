package connector

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/failpoint"
)

// HandleMatrixMessageRemove implements bridgev2.RedactionHandlingNetworkAPI.
func (c *Client) HandleMatrixMessageRemove(ctx context.Context, removal *bridgev2.MatrixMessageRemove) error {
	attempt, err := c.connector.attempts.of(removal.Event)
	if err != nil {
		return err
	}
	if err := c.removeMessage(ctx, removal); err != nil {
		return attempt.fail(err)
	}
	return nil
}

func (c *Client) removeMessage(ctx context.Context, removal *bridgev2.MatrixMessageRemove) error {
	if _, err := c.readyIn(removal.Portal); err != nil {
		return err
	}
	channel, pieces, err := c.ownPieces(ctx, removal.Portal, removal.TargetMessage)
	if err != nil {
		return err
	}
	if err := c.keepLostRoot(ctx, removal.Portal, removal.TargetMessage, false); err != nil {
		return err
	}
	if err := c.dropPieces(ctx, removal.Portal, removal.TargetMessage, channel, pieces, 0); err != nil {
		return fmt.Errorf("delete a message: %w", err)
	}
	failpoint.Hit(failpoint.RedactionRow)
	return c.connector.db.DropReactors(ctx, removal.Portal.Receiver, removal.TargetMessage.ID)
}
