package connector

import (
	"context"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// handleHistoryChanged handles channel_history_changed, group_history_changed and
// im_history_changed: much of what was said was changed or deleted at once, without an event
// for each. It is read again, as after an absence. As Slack documents the event, it may name
// no conversation; then all are read.
func (c *Client) handleHistoryChanged(ctx context.Context, row *inbox.Attempt, event *slackevent.HistoryChanged) error {
	since := toldAt(row, event.EventTS)
	if event.Channel == "" {
		return c.catchUp(ctx, since)
	}
	reading, err := c.catchupRow(kindCatchup, span{Channel: event.Channel, Since: since, Gap: row.Key})
	if err != nil {
		return err
	}
	_, err = c.connector.inbox.Put(ctx, reading)
	return err
}
