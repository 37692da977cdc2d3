package connector

import (
	"context"
	"time"

	"ops-jrz1/bridge/internal/inbox"
)

// A workspace may have several logins, whose apps are in the same channel and share its
// room. One of them fills it; the rows of the others wait meanwhile, each in the lane of
// its own login.

// othersFill has a row wait while another login fills the room of its conversation, as
// long as live events wait for a history. If both were about to, the one that has the
// archive does, or else the one with the lesser id.
func (c *Client) othersFill(ctx context.Context, row *inbox.Attempt, channel string) error {
	other, filling := c.fillingBesides(channel)
	if other == nil {
		return nil
	}
	if key, err := c.conversations.portalKey(ctx, channel, ""); err != nil || key.Receiver != "" {
		return err // a direct conversation's room is the login's own
	}
	if own, pending := c.backfills.get(channel); pending && !own.Filled {
		if fillsBefore(c, other, own, filling) {
			return nil // the other waits
		}
		if err := c.connector.db.DropBackfill(ctx, c.login.ID, channel); err != nil {
			return err
		}
		c.backfills.drop(channel)
	}
	begun := filling.Begun
	if begun.IsZero() {
		begun = row.Arrived
	}
	if asked := filling.Archive && !filling.Begun.IsZero(); !asked && time.Since(begun) > max(c.connector.scaled(backfillHolds), backfillHoldsFloor) {
		return nil
	}
	c.resyncs.tried(row.Key, nil)
	return inbox.Later(4*turnWait, errBackfillFirst)
}

// fillsBefore says whether of two logins that were about to fill a room the one does. Only one
// of them can have the archive.
func fillsBefore(one, other *Client, ones, others backfillState) bool {
	if ones.Archive != others.Archive {
		return ones.Archive
	}
	return one.login.ID < other.login.ID
}

// fillingBesides returns the login of the workspace, other than this one, that fills the
// room of a conversation, and how far it is.
func (c *Client) fillingBesides(channel string) (other *Client, state backfillState) {
	for _, client := range c.connector.clients.all() {
		if client == c || client.team != c.team || !client.IsLoggedIn() {
			continue
		}
		found, pending := client.backfills.get(channel)
		if pending && !found.Filled && (other == nil || fillsBefore(client, other, found, state)) {
			other, state = client, found
		}
	}
	return other, state
}
