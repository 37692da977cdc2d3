package takeover

import (
	"context"
	"errors"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/exit"
)

// leaveOutEdits drops the edits that people made in Matrix: the old bridge notes each as one
// more event of its message (BridgedRoom.onMatrixEdit of its source), like the files of a
// message. The homeserver knows which is which.
func (m *move) leaveOutEdits(ctx context.Context, found *appserviceData, plan []planned) error {
	for _, room := range plan {
		events := map[string]int{}
		for _, each := range room.messages {
			events[each.ts]++
		}
		edits := map[id.EventID]bool{}
		for _, each := range room.messages {
			if events[each.ts] == 1 {
				continue
			}
			edit, err := m.isEdit(ctx, room.Room, each.event)
			if err != nil {
				return exit.New(exit.Unavailable, "cannot ask the homeserver at %s for the events of %s: %w; nothing was changed, run this again", m.config.Homeserver.Address, room.title(), err)
			}
			edits[each.event] = edit
		}
		found.events[room.Room] = slices.DeleteFunc(found.events[room.Room], func(e oldEvent) bool { return edits[e.event] })
	}
	return nil
}

// isEdit says whether an event replaces the content of another. One that the old bridge's bot
// may not see, or that is gone, is not known to.
func (m *move) isEdit(ctx context.Context, room id.RoomID, of id.EventID) (bool, error) {
	evt, err := m.was.GetEvent(ctx, room, of)
	if errors.Is(err, mautrix.MNotFound) || errors.Is(err, mautrix.MForbidden) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	relation, _ := evt.Content.Raw["m.relates_to"].(map[string]any)
	return relation["rel_type"] == string(event.RelReplace), nil
}
