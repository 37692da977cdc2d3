package matrixin

import (
	"context"
	"fmt"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/matrixevent"
)

// applyState returns what notes state events in the appservice's state store, in the
// transaction of their rows: that a room is encrypted must not be missed, and
// mautrix.UpdateStateStore only logs what it could not write. Nil if there are none.
func (s *Server) applyState(events []*event.Event) func(context.Context) error {
	store := s.cfg.AS.StateStore
	if len(events) == 0 || store == nil {
		return nil
	}
	return func(ctx context.Context) error {
		for _, evt := range events {
			if err := setState(ctx, store, evt); err != nil {
				return fmt.Errorf("note %s of room %s: %w", evt.Type.Type, evt.RoomID, err)
			}
		}
		return nil
	}
}

// setState notes one state event, as far as it could be decoded. Only memberships have
// a state key that is not empty.
func setState(ctx context.Context, store mautrix.StateStore, evt *event.Event) error {
	if evt.RoomID == "" || (evt.GetStateKey() == "") == (evt.Type == event.StateMember) {
		return nil
	}
	switch content := evt.Content.Parsed.(type) {
	case *event.MemberEventContent:
		if !matrixevent.IsMembership(content.Membership) {
			return nil
		}
		return store.SetMember(ctx, evt.RoomID, id.UserID(evt.GetStateKey()), content)
	case *event.PowerLevelsEventContent:
		return store.SetPowerLevels(ctx, evt.RoomID, content)
	case *event.EncryptionEventContent:
		return setEncryption(ctx, store, evt, content)
	case *event.CreateEventContent:
		return store.SetCreate(ctx, evt)
	case *event.JoinRulesEventContent:
		return store.SetJoinRules(ctx, evt.RoomID, content)
	case *event.HistoryVisibilityEventContent:
		return store.SetHistoryVisibility(ctx, evt.RoomID, content)
	}
	return nil
}

// setEncryption notes that a room is encrypted. A room that is encrypted stays so,
// whatever a later event says (Matrix specification, m.room.encryption).
func setEncryption(ctx context.Context, store mautrix.StateStore, evt *event.Event, content *event.EncryptionEventContent) error {
	// Go takes "Algorithm" for the field too, clients do not.
	algorithm, _ := evt.Content.Raw["algorithm"].(string)
	if content.Algorithm = id.Algorithm(algorithm); content.Algorithm != id.AlgorithmMegolmV1 {
		if encrypted, err := store.IsEncrypted(ctx, evt.RoomID); encrypted || err != nil {
			return err
		}
	}
	return store.SetEncryptionEvent(ctx, evt.RoomID, content)
}
