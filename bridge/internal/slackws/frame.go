package slackws

import (
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackevent"
)

// take decides what a frame is for. What is to be handled goes into the queue;
// what cannot be read is counted and left to be delivered again.
func (s *Session) take(sock *socket, frame []byte) {
	env, err := slackevent.ParseEnvelope(frame)
	if err != nil {
		s.counts.unreadable.Add(1)
		s.missed(s.wall())
		s.log.Warn("A frame from Slack cannot be read and was not acknowledged; Slack sends an event again: "+
			"nothing to do unless it keeps happening, then report it with this line",
			zap.String("envelope_id", env.ID), zap.Int("bytes", len(frame)), zap.String("error", describe(err)))
		return
	}
	switch {
	case env.Type == slackevent.TypeHello:
		sock.readyOnce.Do(func() {
			s.hello()
			sock.hello = *env.Hello
			close(sock.ready)
		})
	case env.Type == slackevent.TypeDisconnect:
		sock.end(disconnectFault(env.Reason))
	case env.ID == "" && env.Payload == nil:
		s.log.Debug("A frame from Slack carries nothing to handle", zap.String("type", env.Type))
	default:
		s.enqueue(sock, env, len(frame))
	}
}

// enqueue hands an envelope on. Without room for it, it is left to be delivered
// again: reading must go on, or pings would stay unanswered. That this began is
// said once.
func (s *Session) enqueue(sock *socket, env slackevent.Envelope, size int) {
	if s.queue.push(item{sock: sock, env: env, size: size, at: s.wall()}) {
		s.overflowing.Store(false)
		return
	}
	s.counts.dropped.Add(1)
	s.missed(s.wall())
	if !s.overflowing.Swap(true) {
		s.log.Error("Storing is so slow that envelopes are dropped unacknowledged; Slack sends each again "+
			"three times at most; check the database", zap.String("first_envelope_id", env.ID))
	}
}

// disconnectFault is what Slack's disconnect frame means (Slack docs: Socket
// Mode). An unknown reason means what warning means.
func disconnectFault(reason string) fault {
	switch Reason(reason) {
	case ReasonLinkDisabled:
		return fault{class: dead, reason: ReasonLinkDisabled}
	case ReasonTooMany:
		return fault{class: refused, reason: ReasonTooMany}
	case "":
		return fault{class: lost, reason: ReasonWarning}
	default:
		return fault{class: lost, reason: Reason(reason)}
	}
}
