package slackws

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackevent"
)

// maxBatch bounds how many envelopes are handled at once.
const maxBatch = 256

// handleAll handles envelopes in their order, as many as have come at once, until ctx
// is done. What is still queued then was not acknowledged and comes again.
func (s *Session) handleAll(ctx context.Context) {
	for {
		items, more := s.queue.pop(ctx, maxBatch)
		if !more {
			return
		}
		if mark := items[0].done; mark != nil {
			close(mark)
			continue
		}
		s.handle(ctx, items)
	}
}

// handle stores envelopes and acknowledges them. If that fails for several, one of
// them may be the reason: each is tried alone.
func (s *Session) handle(ctx context.Context, items []item) {
	envelopes := make([]slackevent.Envelope, len(items))
	for i, it := range items {
		envelopes[i] = it.env
	}
	err := s.cfg.Handle(ctx, envelopes)
	switch {
	case err == nil:
		for _, it := range items {
			s.acknowledge(it)
		}
	case len(items) > 1:
		for i := range items {
			s.handle(ctx, items[i:i+1])
		}
	default:
		s.counts.unhandled.Add(1)
		s.log.Warn("an envelope was not stored and not acknowledged; Slack sends it again",
			zap.String("envelope_id", envelopes[0].ID), zap.String("error", describe(err)))
	}
}

func (s *Session) acknowledge(it item) {
	if err := it.sock.ack(it.env.ID); err != nil {
		s.counts.unacked.Add(1)
		s.log.Info("an envelope was stored, but its socket took no acknowledgement; Slack sends it again",
			zap.String("envelope_id", it.env.ID), zap.String("error", describe(err)))
	} else {
		s.counts.acked.Add(1)
	}
	if isUninstall(it.env) {
		select {
		case s.removed <- struct{}{}:
		default:
		}
	}
}

// ack acknowledges an envelope in one text frame (Slack docs: Socket Mode). An
// envelope without an id cannot be acknowledged, and needs none.
func (sock *socket) ack(id string) error {
	if id == "" {
		return nil
	}
	frame, err := json.Marshal(struct {
		EnvelopeID string `json:"envelope_id"`
	}{id})
	if err != nil {
		return fmt.Errorf("encode an acknowledgement: %w", err)
	}
	ctx, cancel := context.WithTimeout(sock.ctx, writeTimeout)
	defer cancel()
	if err := sock.conn.Write(ctx, websocket.MessageText, frame); err != nil {
		return fmt.Errorf("acknowledge: %w", err)
	}
	return nil
}

// isUninstall says whether the envelope tells that the app is gone from the
// workspace: the one event after which no connection makes sense.
func isUninstall(env slackevent.Envelope) bool {
	if env.Type != slackevent.TypeEventsAPI {
		return false
	}
	cb, err := slackevent.ParseCallback(env.Payload)
	return err == nil && cb.InnerType == "app_uninstalled"
}
