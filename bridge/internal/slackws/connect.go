package slackws

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// Timeouts of one attempt. They bound what others do and are not scaled, save
// helloWait down to its floor.
const (
	dialTimeout = 30 * time.Second
	helloWait   = 30 * time.Second
	helloFloor  = 5 * time.Second
)

// readLimit bounds one frame in bytes. A message has up to 40,000 characters
// (Slack docs: chat.postMessage), 12 bytes each when escaped, twice for text and
// blocks, and twice more in message_changed: 2 MB, and attachments in addition.
const readLimit = 16 << 20

// connect makes one attempt: address, handshake, hello. Exactly one of its
// results is nil, unless ctx ended: then both may be.
func (s *Session) connect(ctx context.Context) (*socket, *fault) {
	s.counts.opens.Add(1)
	s.schedule.opened(time.Now())
	address, err := s.cfg.Open(ctx)
	if ctx.Err() != nil {
		return nil, nil
	}
	if err != nil {
		return nil, openFault(err)
	}
	conn, err := s.dial(ctx, address)
	if ctx.Err() != nil {
		if err == nil {
			_ = conn.CloseNow()
		}
		return nil, nil
	}
	if err != nil {
		return nil, &fault{class: refused, reason: ReasonRefused, detail: describe(err)}
	}
	return s.awaitHello(ctx, s.startSocket(conn))
}

func (s *Session) dial(ctx context.Context, address string) (*websocket.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	conn, resp, err := websocket.Dial(ctx, address, &websocket.DialOptions{HTTPClient: s.cfg.HTTPClient})
	if err != nil {
		if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
			return nil, fmt.Errorf("it answered HTTP %d", resp.StatusCode)
		}
		return nil, err
	}
	conn.SetReadLimit(readLimit)
	return conn, nil
}

// awaitHello waits until Slack has registered the new socket. Whatever else
// happens first is a refusal.
func (s *Session) awaitHello(ctx context.Context, fresh *socket) (*socket, *fault) {
	timer := time.NewTimer(max(s.scaled(helloWait), helloFloor))
	defer timer.Stop()
	var why *fault
	select {
	case <-fresh.ready:
		return fresh, nil
	case <-fresh.ended:
		select {
		case <-fresh.ready: // both came: it did say hello
			return fresh, nil
		default:
		}
		why = fresh.fault()
		if why.class != dead {
			why.class = refused
		}
	case <-timer.C:
		why = &fault{class: refused, reason: ReasonNoHello}
	case <-ctx.Done():
	}
	s.retire(fresh, 0)
	return nil, why
}
