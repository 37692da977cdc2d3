package slackws

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackevent"
)

// handleAll handles envelopes one after the other until ctx is done. What is
// still queued then was not acknowledged and comes again.
func (s *Session) handleAll(ctx context.Context) {
	for {
		it, more := s.queue.pop(ctx)
		if !more {
			return
		}
		if it.done != nil {
			close(it.done)
			continue
		}
		s.handle(ctx, it)
	}
}

func (s *Session) handle(ctx context.Context, it item) {
	id := zap.String("envelope_id", it.env.ID)
	if err := s.cfg.Handle(ctx, it.env); err != nil {
		s.counts.unhandled.Add(1)
		s.log.Warn("an envelope was not stored and not acknowledged; Slack sends it again",
			id, zap.String("error", describe(err)))
		return
	}
	if err := it.sock.ack(it.env.ID); err != nil {
		s.counts.unacked.Add(1)
		s.log.Info("an envelope was stored, but its socket took no acknowledgement; Slack sends it again",
			id, zap.String("error", describe(err)))
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
