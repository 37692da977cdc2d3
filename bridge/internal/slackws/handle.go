package slackws

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"

	"github.com/coder/websocket"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackevent"
)

// maxBatch bounds how many envelopes are handled at once.
const maxBatch = 256

// maxTriesAlone bounds how many envelopes of a batch that failed are tried alone and
// fail, one after another: then it is not they that are the reason.
const maxTriesAlone = 3

// handleAll handles envelopes in their order, as many as have come at once, until ctx
// is done. What is still queued then was not acknowledged and comes again. The caller is
// told of a gap before it gets what came afterwards.
func (s *Session) handleAll(ctx context.Context) {
	for ctx.Err() == nil {
		next := s.tellGap(ctx)
		items := s.queue.pop(ctx, maxBatch, next)
		switch {
		case len(items) == 0:
		case items[0].done != nil:
			close(items[0].done)
		default:
			s.handle(ctx, items)
		}
	}
}

// handle stores envelopes and acknowledges them. If that fails for several, one of
// them may be the reason: each is tried alone.
func (s *Session) handle(ctx context.Context, items []item) {
	err := s.handOver(ctx, items)
	if err == nil {
		return
	}
	if len(items) == 1 {
		s.notStored(ctx, items, err)
		return
	}
	for failed := 0; len(items) > 0; items = items[1:] {
		if failed == maxTriesAlone || ctx.Err() != nil {
			s.notStored(ctx, items, err)
			return
		}
		if err = s.handOver(ctx, items[:1]); err != nil {
			failed++
			s.notStored(ctx, items[:1], err)
		} else {
			failed = 0
		}
	}
}

// handOver has envelopes stored together, and acknowledges them if they are.
func (s *Session) handOver(ctx context.Context, items []item) error {
	envelopes := make([]slackevent.Envelope, len(items))
	for i, it := range items {
		envelopes[i] = it.env
	}
	if err := s.cfg.Handle(ctx, envelopes); err != nil {
		return err
	}
	for _, it := range items {
		s.acknowledge(it)
	}
	return nil
}

// notStored notes envelopes that are not acknowledged. That the session ends is no
// fault of theirs, and the next one reads what this one leaves behind.
func (s *Session) notStored(ctx context.Context, items []item, err error) {
	if ctx.Err() != nil {
		return
	}
	s.counts.unhandled.Add(int64(len(items)))
	s.log.Warn("Envelopes were not stored and not acknowledged; Slack sends them again",
		zap.String("envelope_id", items[0].env.ID), zap.Int("envelopes", len(items)), zap.String("error", describe(err)))
	s.missed(items[0].at)
}

func (s *Session) acknowledge(it item) {
	if err := it.sock.ack(it.env.ID); err != nil {
		s.counts.unacked.Add(1)
		s.log.Info("An envelope was stored, but its socket took no acknowledgement; Slack sends it again",
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

// uninstalled is the type of the event that says it.
const uninstalled = "app_uninstalled"

// isUninstall says whether the envelope tells that the app is gone from the
// workspace: the one event after which no connection makes sense.
func isUninstall(env slackevent.Envelope) bool {
	if env.Type != slackevent.TypeEventsAPI || !bytes.Contains(env.Payload, []byte(uninstalled)) {
		return false
	}
	cb, err := slackevent.ParseCallback(env.Payload)
	return err == nil && cb.InnerType == uninstalled
}
