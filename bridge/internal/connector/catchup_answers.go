package connector

import (
	"context"
	"encoding/json"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// answerForOthers is called when all that a reading has found is in Matrix. The readings
// that were asked for before it began have nothing left to find, and the events that were
// stored before it began nothing to bring; see [Client.answered].
func (try *catchup) answerForOthers(ctx context.Context) error {
	whole := try.state.Read && !try.state.Doubtful
	try.reads.end(try.row.Lane, try.row.ID, whole)
	if !whole || try.row.Lane == try.beside() {
		return nil
	}
	superseded, err := try.connector.inbox.Supersede(ctx, try.row, try.state.Until, func(row inbox.Row) bool {
		var later span
		return json.Unmarshal(row.Payload, &later) == nil && !later.Since.Before(try.span.Since)
	})
	if len(superseded) > 0 {
		zerolog.Ctx(ctx).Debug().Int("readings", len(superseded)).Msg("One reading has served for others")
	}
	return err
}

// answered handles an event that was stored before a whole reading of its conversation
// began: what it brings is older than what was read. It says whether that is all there is
// to do.
func (c *Client) answered(ctx context.Context, row *inbox.Attempt, event slackevent.Event) (bool, error) {
	switch event := event.(type) {
	case *slackevent.Reaction:
		_, compared := c.reads.answer(row.Lane, row.ID, event.Item.TS)
		return compared, nil
	case *slackevent.Message:
		return c.messageAnswered(ctx, row, event)
	}
	return false, nil
}

func (c *Client) messageAnswered(ctx context.Context, row *inbox.Attempt, event *slackevent.Message) (bool, error) {
	message := event
	if event.Subtype == slackevent.SubtypeChanged && event.Message != nil {
		message = event.Message
	}
	answers, compared := c.reads.answer(row.Lane, row.ID, message.TS)
	if event.Subtype == slackevent.SubtypeDeleted || !answers || c.ownPost(message) {
		return false, nil
	}
	if compared || message != event || message.Hidden {
		return compared, nil
	}
	// The reading did not show a new message: it is outside of what was read, or deleted.
	try := &catchup{Client: c, row: row, span: span{Channel: event.Channel}}
	gone, err := try.isGone(ctx, event.TS, event.ThreadTS)
	if err != nil || !gone {
		return false, unreadable(ctx, err)
	}
	return true, c.remove(ctx, row, &slackevent.Message{Channel: event.Channel, ChannelType: event.ChannelType}, event.TS)
}
