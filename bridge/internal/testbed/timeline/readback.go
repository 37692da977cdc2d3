package timeline

import (
	"context"
	"fmt"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// ReadBack reads all events of a room that a member may see, as a client does that scrolls
// back to the beginning. A sync gives the newest only.
func ReadBack(ctx context.Context, client *mautrix.Client, room id.RoomID) (*Room, error) {
	var events []*event.Event
	for from := ""; ; {
		page, err := client.Messages(ctx, room, from, "", mautrix.DirectionBackward, nil, 100)
		if err != nil {
			return nil, fmt.Errorf("read %s back: %w", room, err)
		}
		events = append(events, page.Chunk...)
		if page.End == "" {
			break
		}
		from = page.End
	}
	slices.Reverse(events)
	r := &Room{ID: room, Redacted: map[id.EventID]bool{}, State: map[event.Type]map[string]*event.Event{}}
	r.take(nil, events)
	return r, nil
}
