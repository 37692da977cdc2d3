package connector

import (
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
)

// later handles an event of Matrix again that has no worker which would: the
// framework waits beside the room's worker for a key that is late, and gives it
// the decrypted event afterwards.
func (c *Connector) later(evt *event.Event, retry *RetryLater) {
	ctx := c.bridge.Log.WithContext(c.bridge.BackgroundCtx)
	wait := max(retry.After, c.scaled(firstWait))
	zerolog.Ctx(ctx).Warn().Err(retry).Stringer("event_id", evt.ID).Stringer("again_in", wait).
		Msg("An event whose key came late did not get through and is tried again")
	c.background.Go(func() {
		select {
		case <-time.After(wait):
			c.bridge.QueueMatrixEvent(ctx, evt)
		case <-c.stopping.Done():
			zerolog.Ctx(ctx).Error().Err(retry).Stringer("event_id", evt.ID).Stringer("room_id", evt.RoomID).
				Msg("An event whose key came late did not reach Slack before the stop")
		}
	})
}
