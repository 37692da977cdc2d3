package connector

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/journal"
	"ops-jrz1/bridge/internal/slackevent"
)

// input is one event of Slack on its way to its handler.
type input struct {
	// id is the same in every delivery of the event.
	id    string
	event slackevent.Event
}

// take stores an envelope's event; the session acks it when take returns nil.
// What cannot be decoded or means nothing to the bridge is set aside and acked
// too: sent again it would be no clearer.
func (s *session) take(ctx context.Context, envelope slackevent.Envelope) error {
	if envelope.Type != slackevent.TypeEventsAPI {
		s.setAside(ctx, envelope, envelope.Type, nil)
		return nil
	}
	callback, err := slackevent.ParseCallback(envelope.Payload)
	if err != nil {
		s.setAside(ctx, envelope, "unreadable", err)
		return nil
	}
	event, err := slackevent.Decode(callback)
	if err != nil {
		s.setAside(ctx, envelope, "unreadable "+callback.InnerType, err)
		return nil
	}
	if _, known := handlers()[callback.InnerType]; !known {
		s.setAside(ctx, envelope, callback.InnerType, nil)
		return nil
	}
	row, isNew, err := s.client.connector.journal.Put(ctx, journal.Row{
		Source: s.source(), Key: keyOf(callback), Lane: event.Conversation(), Payload: envelope.Payload,
	})
	if err != nil {
		return fmt.Errorf("store event %s: %w", callback.EventID, err)
	}
	if isNew {
		s.enqueue(row)
	}
	return nil
}

// setAside counts what is not handled, by its kind, and says so: loudly where it
// could not be read, which nobody but the bridge's authors can cure.
func (s *session) setAside(ctx context.Context, envelope slackevent.Envelope, kind string, why error) {
	if s.aside == nil {
		s.aside = map[string]int{}
	}
	s.aside[kind]++
	log := zerolog.Ctx(ctx).With().Str("envelope_id", envelope.ID).Str("kind", kind).Int("count", s.aside[kind]).Logger()
	if why != nil {
		log.Warn().Err(why).Msg("Set aside what Slack sent and the bridge cannot read; please report it with this line")
		return
	}
	log.Debug().Msg("Acknowledged what the bridge has no use for")
}

// keyOf is what an event is known by: its id, or what it says where Slack gave it
// none.
func keyOf(callback slackevent.Callback) string {
	if callback.EventID != "" {
		return callback.EventID
	}
	sum := sha256.Sum256(callback.Event)
	return callback.InnerType + "-" + base64.RawURLEncoding.EncodeToString(sum[:])
}

// enqueue puts a stored row into its lane.
func (s *session) enqueue(row journal.Row) {
	store := s.client.connector.journal
	s.lanes.Add(row.Lane, job{
		name: "event " + row.Key,
		run:  func(ctx context.Context) error { return s.handle(ctx, row) },
		done: func(ctx context.Context, err error) error {
			if err != nil {
				zerolog.Ctx(ctx).Error().Err(err).Str("event", row.Key).Str("conversation", row.Lane).
					Msg("Gave up on an event of Slack")
			}
			if err := store.Done(ctx, row.ID); err != nil && !errors.Is(err, journal.ErrNoRow) {
				return err
			}
			return nil
		},
	})
}

// handle decodes a row's payload and passes it to its handler.
func (s *session) handle(ctx context.Context, row journal.Row) error {
	callback, err := slackevent.ParseCallback(row.Payload)
	if err != nil {
		return fmt.Errorf("read stored event %s: %w", row.Key, err)
	}
	event, err := slackevent.Decode(callback)
	if err != nil {
		return fmt.Errorf("read stored event %s: %w", row.Key, err)
	}
	handler, known := handlers()[callback.InnerType]
	if !known {
		return nil
	}
	return handler(s.client, ctx, input{id: row.Key, event: event})
}
