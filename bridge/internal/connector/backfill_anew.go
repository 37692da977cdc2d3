package connector

import (
	"context"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/inbox"
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

// leaveUnfilled has a room go on without its history: it is one that people made, and holds what
// they have said.
func (c *Client) leaveUnfilled(ctx context.Context, row *inbox.Attempt, channel string) error {
	zerolog.Ctx(ctx).Info().Str("channel", channel).Msg("A channel was linked with a room that people made before its own was filled; the new one does not get what was said before")
	if err := c.connector.db.DropBackfill(ctx, c.login.ID, channel); err != nil {
		return err
	}
	c.backfills.drop(channel)
	c.reads.end(row.Lane, row.ID, false)
	return nil
}
