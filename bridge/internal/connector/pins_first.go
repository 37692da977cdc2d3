package connector

import (
	"context"
	"slices"

	"maunium.net/go/mautrix/bridgev2"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// What was pinned in a channel before its room existed is pinned in the room when that has its
// history. It has a row of its own: Slack lists pins seldom, and no message waits for it.

// kindPins is such a row. Its payload is the channel. All such rows share a lane.
const kindPins = "pins"

// pinsLane is the end of the name of the lane of such rows.
const pinsLane = "pins"

// putFirstPins puts the row that pins in a new room what is pinned in its channel.
func (c *Client) putFirstPins(ctx context.Context, portal *bridgev2.Portal, channel string) error {
	_, err := c.connector.inbox.Put(ctx, inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane("") + pinsLane, Kind: kindPins, Payload: []byte(channel),
		Key: "pins " + c.connector.roomOf(portal).String(),
	})
	return wrapped(err, "store that the pins of %s are to be read", channel)
}

// handleFirstPins handles a row of kind pins. Slack is asked under the portal's lock, so that what
// is unpinned meanwhile is not pinned afterwards.
func (c *Client) handleFirstPins(ctx context.Context, row *inbox.Attempt) error {
	channel := c.connector.moves.current(c.team, string(row.Payload))
	key, err := c.conversations.portalKey(ctx, channel, "")
	if err != nil {
		return err
	}
	if err := c.api.Ready(slackapi.WaitAtMost(ctx, matrixPatience), "pins.list", channel); err != nil {
		return err
	}
	return c.inRoom(ctx, row, key, newSendPlan(row.Key, "pin"), func(ctx context.Context, portal *bridgev2.Portal) error {
		pinned, err := c.api.Pins(slackapi.WaitAtMost(ctx, lockPatience), channel)
		if err != nil {
			return unreadable(ctx, err)
		}
		slices.Sort(pinned) // as they were said: a ts has a fixed form
		for _, ts := range pinned {
			if err := c.pinInRoom(ctx, portal, slackid.MakeMessageID(c.team, channel, ts), ts, true); err != nil {
				return err
			}
		}
		return nil
	})
}
