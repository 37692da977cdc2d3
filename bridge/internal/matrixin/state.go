package matrixin

import (
	"context"
	"fmt"
	"slices"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"
)

// applyState returns what notes the state events among events in the appservice's state store, in the
// transaction of their rows: that a room is encrypted must not be missed, and
// mautrix.UpdateStateStore only logs what it could not write. Nil if there are none.
func (s *Server) applyState(events []*event.Event) func(context.Context) error {
	store := s.cfg.AS.StateStore
	if store == nil || !slices.ContainsFunc(events, func(evt *event.Event) bool { return evt.StateKey != nil }) {
		return nil
	}
	return func(ctx context.Context) error {
		for _, evt := range events {
			if evt.StateKey == nil {
				continue
			}
			if err := setState(ctx, store, evt); err != nil {
				return fmt.Errorf("note %s of room %s: %w", evt.Type.Type, evt.RoomID, err)
			}
		}
		return nil
	}
}

// setState notes one state event. Only memberships have a state key that is not
// empty.
func setState(ctx context.Context, store mautrix.StateStore, evt *event.Event) error {
	if evt.RoomID == "" || (evt.GetStateKey() == "") == (evt.Type == event.StateMember) {
		return nil
	}
	switch content := evt.Content.Parsed.(type) {
	case *event.MemberEventContent:
		return store.SetMember(ctx, evt.RoomID, id.UserID(evt.GetStateKey()), content)
	case *event.PowerLevelsEventContent:
		return store.SetPowerLevels(ctx, evt.RoomID, content)
	case *event.EncryptionEventContent:
		return store.SetEncryptionEvent(ctx, evt.RoomID, content)
	case *event.CreateEventContent:
		return store.SetCreate(ctx, evt)
	case *event.JoinRulesEventContent:
		return store.SetJoinRules(ctx, evt.RoomID, content)
	case *event.HistoryVisibilityEventContent:
		return store.SetHistoryVisibility(ctx, evt.RoomID, content)
	}
	return nil
}
