package app

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// What is read of a room when a send of unknown outcome is looked for. It was made
// shortly before the bridge or the homeserver went away, so it is among the newest; what
// people in Matrix have said since then may be much.
const (
	historyPage     = 100
	historyPages    = 5
	historyPagesMax = 100
)

// roomHistory reads rooms as the bridge's bot.
type roomHistory struct{ app *App }

// Recent implements connector.History.
func (h roomHistory) Recent(ctx context.Context, room id.RoomID, since time.Time) (events []*event.Event, err error) {
	from := ""
	for n := 1; n <= historyPagesMax; n++ {
		page, err := h.app.matrix.Bot.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, historyPage)
		if err != nil {
			return nil, fmt.Errorf("read the newest events: %w", err)
		}
		for _, evt := range page.Chunk {
			events = append(events, h.readable(ctx, evt))
		}
		if page.End == "" || len(page.Chunk) == 0 || n >= historyPages && !saidSince(since, page.Chunk, h.app.slack.Ours) {
			break
		}
		from = page.End
	}
	return slices.Clip(events), nil
}

// saidSince says whether people sent something of a page after a time. The times of
// ghosts' events are Slack's.
func saidSince(since time.Time, page []*event.Event, ours func(id.UserID) bool) bool {
	return slices.ContainsFunc(page, func(evt *event.Event) bool {
		return !ours(evt.Sender) && !time.UnixMilli(evt.Timestamp).Before(since)
	})
}

// Has implements connector.History.
func (h roomHistory) Has(ctx context.Context, room id.RoomID, evt id.EventID) (bool, error) {
	_, err := h.app.matrix.Bot.GetEvent(ctx, room, evt)
	if errors.Is(err, mautrix.MNotFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look whether %s is still there: %w", evt, err)
	}
	return true, nil
}

// Gone implements connector.History. Who was in a room may read its state, as it was
// when they left; of a room that was deleted the homeserver knows nothing. One that is
// shut down without being deleted is left by everybody in their own name (Synapse:
// synapse/handlers/room.py, RoomShutdownHandler), and the bridge's bot leaves no room
// that is a portal's.
func (h roomHistory) Gone(ctx context.Context, room id.RoomID) (bool, error) {
	bot := h.app.matrix.Bot
	member, err := bot.FullStateEvent(ctx, room, event.StateMember, bot.UserID.String())
	switch {
	case errors.Is(err, mautrix.MForbidden), errors.Is(err, mautrix.MNotFound):
		return true, nil
	case err != nil:
		return false, fmt.Errorf("look whether %s is still there: %w", room, err)
	}
	left := member.Content.AsMember().Membership == event.MembershipLeave
	return left && member.Sender == bot.UserID, nil
}

// readable returns an event in clear if it can be decrypted, and else as it is.
func (h roomHistory) readable(ctx context.Context, evt *event.Event) *event.Event {
	if evt.Type.Type != event.EventEncrypted.Type || h.app.matrix.Crypto == nil {
		return evt
	}
	evt.Type.Class = event.MessageEventType
	if err := evt.Content.ParseRaw(evt.Type); err != nil {
		return evt
	}
	decrypted, err := h.app.matrix.Crypto.Decrypt(ctx, evt)
	if err != nil {
		zerolog.Ctx(ctx).Debug().Err(err).Stringer("event_id", evt.ID).Msg("An event of the room cannot be decrypted")
		return evt
	}
	return decrypted
}
