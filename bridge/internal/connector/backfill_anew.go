package connector

import (
	"context"

	"github.com/rs/zerolog"
)

// A room may vanish from the homeserver while it is filled, or a person deletes it. Whichever row
// comes next makes another, which begins with all of the history: what was sent is in the old room.

// fillAnew has the room that a conversation has now be filled from the beginning.
func (c *Client) fillAnew(ctx context.Context, channel string, state backfillState) (backfillState, error) {
	zerolog.Ctx(ctx).Info().Str("channel", channel).Msg("A room that was being filled is another one now; it is filled from the beginning")
	fresh := state.again()
	fresh.Room = ""
	if err := c.connector.db.DropOldMessagesAfter(ctx, c.login.ID, channel, fresh.Since); err != nil {
		return state, err
	}
	if err := c.connector.db.MarkNoneSent(ctx, c.login.ID, channel); err != nil {
		return state, err
	}
	return fresh, c.keepBackfill(ctx, channel, fresh)
}
