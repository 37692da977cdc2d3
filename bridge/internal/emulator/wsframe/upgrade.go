// Package wsframe is the server half of RFC 6455 at the level of frames. The
// emulator needs what libraries hide: whether a message came in fragments,
// sockets that are cut, broken on purpose or left half open. It must not know
// what the frames mean.
package wsframe

import (
	"bufio"
	"crypto/sha1" // RFC 6455 prescribes SHA-1 for the handshake.
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// acceptGUID is the constant of RFC 6455, section 1.3.
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// errHandshake is what a request that is no WebSocket upgrade gets.
var errHandshake = errors.New("not a WebSocket upgrade")

// Conn is an accepted WebSocket.
type Conn struct {
	conn    net.Conn
	reader  *bufio.Reader
	writeMu sync.Mutex
	// MaxFrame is the largest payload that Read takes, in bytes.
	MaxFrame int64
}

// Upgrade answers the handshake and takes the connection over. Any Origin and
// any Host are accepted: Slack's clients send what they like. On an error the
// request was answered with 400.
func Upgrade(w http.ResponseWriter, r *http.Request) (*Conn, error) {
	key := r.Header.Get("Sec-WebSocket-Key")
	decoded, err := base64.StdEncoding.DecodeString(key)
	if err != nil || len(decoded) != 16 || !hasToken(r.Header, "Connection", "upgrade") ||
		!hasToken(r.Header, "Upgrade", "websocket") || r.Header.Get("Sec-WebSocket-Version") != "13" {
		http.Error(w, "expected a WebSocket handshake", http.StatusBadRequest)
		return nil, errHandshake
	}
	conn, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		http.Error(w, "cannot upgrade", http.StatusInternalServerError)
		return nil, fmt.Errorf("take the connection over: %w", err)
	}
	if err := conn.SetDeadline(time.Time{}); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("clear the connection's deadline: %w", err)
	}
	sum := sha1.Sum([]byte(key + acceptGUID))
	answer := "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
		base64.StdEncoding.EncodeToString(sum[:]) + "\r\n\r\n"
	if _, err := conn.Write([]byte(answer)); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("answer the handshake: %w", err)
	}
	return &Conn{conn: conn, reader: buffered.Reader, MaxFrame: 1 << 20}, nil
}

func hasToken(h http.Header, name, want string) bool {
	for _, line := range h.Values(name) {
		for part := range strings.SplitSeq(line, ",") {
			if strings.EqualFold(strings.TrimSpace(part), want) {
				return true
			}
		}
	}
	return false
}
