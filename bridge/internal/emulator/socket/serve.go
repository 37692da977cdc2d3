package socket

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator/wsframe"
)

// ServeHTTP takes the WebSocket of `/link/`.
func (h *Hub) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !strings.HasPrefix(r.URL.Path, "/link") {
		http.NotFound(w, r)
		return
	}
	app, ok := h.redeem(r.URL.Query().Get("ticket"))
	if !ok {
		h.log.Info("Socket refused: unknown, used or expired ticket")
		http.Error(w, "invalid ticket", http.StatusForbidden)
		return
	}
	refusal := h.nextRefusal(app)
	if status, err := strconv.Atoi(refusal); err == nil {
		h.log.Info("Socket refused by a fault", zap.String("app", app), zap.Int("status", status))
		http.Error(w, "refused", status)
		return
	}
	conn, err := wsframe.Upgrade(w, r)
	if err != nil {
		h.log.Info("Socket handshake failed", zap.String("app", app), zap.Error(err))
		return
	}
	h.serve(conn, app, refusal, r.URL.Query().Get("debug_reconnects") == "true")
}

func (h *Hub) nextRefusal(app string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.line(app)
	if len(l.refuse) == 0 {
		return ""
	}
	how := l.refuse[0]
	l.refuse = l.refuse[1:]
	return how
}

// serve runs one socket from hello to its end.
func (h *Hub) serve(conn *wsframe.Conn, app, refusal string, debug bool) {
	s, reason := h.register(conn, app, refusal, debug)
	if s == nil {
		h.turnAway(conn, reason)
		return
	}
	defer h.wg.Done()
	s.readLoop()
	s.leave()
	s.finish()
}

// register adds a socket with its hello first in line, or says why not.
func (h *Hub) register(conn *wsframe.Conn, app, refusal string, debug bool) (s *sock, reason string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.line(app)
	switch {
	case h.closed:
		return nil, "close"
	case refusal != "":
		return nil, refusal
	case len(l.sockets) >= MaxSockets:
		return nil, "too_many_websockets"
	}
	h.wg.Add(1)
	h.nextID++
	s = newSock(h, conn, app, "W"+strconv.Itoa(h.nextID))
	l.sockets = append(l.sockets, s)
	h.open[s] = struct{}{}
	life := socketLife
	if debug {
		life = debugLife
	}
	hello, _ := json.Marshal(map[string]any{
		"type": "hello", "num_connections": len(l.sockets), "connection_info": map[string]any{"app_id": app},
		"debug_info": map[string]any{"host": "applink-emulator", "build_number": 1, "approximate_connection_time": int(life / time.Second)},
	})
	s.arm(life) // before hello: a test that read it may move the clock
	s.push(wsframe.OpText, hello)
	h.watch("socket_opened", map[string]any{"socket": s.id, "app": app})
	h.log.Info("Socket opened", zap.String("app", app), zap.Any("socket", s.id), zap.Int("connections", len(l.sockets)))
	return s, ""
}

// turnAway ends a socket that was never registered: nothing but a disconnect
// comes before its end.
func (h *Hub) turnAway(conn *wsframe.Conn, reason string) {
	switch reason {
	case "cut":
		conn.Cut()
		return
	case "close":
	default:
		_ = conn.Write(wsframe.OpText, disconnectFrame(reason))
	}
	_ = conn.WriteClose(1000, "")
	drain(conn, time.Second)
	conn.Close()
	h.log.Info("Socket turned away", zap.String("reason", reason))
}

func disconnectFrame(reason string) []byte {
	raw, _ := json.Marshal(map[string]any{"type": "disconnect", "reason": reason, "debug_info": map[string]any{"host": "applink-emulator"}})
	return raw
}

// drain reads until the peer ends or the time is up, so that what was written is
// not lost to a reset.
func drain(conn *wsframe.Conn, atMost time.Duration) {
	conn.SetReadDeadline(time.Now().Add(atMost))
	for {
		if _, err := conn.Read(); err != nil {
			return
		}
	}
}

func (h *Hub) unregister(s *sock) {
	h.mu.Lock()
	defer h.mu.Unlock()
	l := h.line(s.app)
	l.sockets = slices.DeleteFunc(l.sockets, func(other *sock) bool { return other == s })
	h.watch("socket_closed", map[string]any{"socket": s.id, "app": s.app})
	h.log.Info("Socket closed", zap.String("app", s.app), zap.Any("socket", s.id), zap.Int("connections", len(l.sockets)))
}
