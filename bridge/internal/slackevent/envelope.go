package slackevent

import (
	"encoding/json"
	"fmt"
	"time"
)

// Types of envelope that Slack sends over a socket (Slack docs: Socket Mode).
const (
	TypeHello         = "hello"
	TypeDisconnect    = "disconnect"
	TypeEventsAPI     = "events_api"
	TypeInteractive   = "interactive"
	TypeSlashCommands = "slash_commands"
)

// Reasons of a disconnect frame (Slack docs: Socket Mode). Others exist or will;
// they mean what warning means.
const (
	ReasonWarning           = "warning"
	ReasonRefreshRequested  = "refresh_requested"
	ReasonTooManyWebsockets = "too_many_websockets"
	ReasonLinkDisabled      = "link_disabled"
)

// Envelope is one text frame of Socket Mode.
type Envelope struct {
	// ID is what an acknowledgement names; "" for hello and disconnect.
	ID   string `json:"envelope_id" shape:"strict"`
	Type string `json:"type" shape:"strict"`
	// Payload is the payload as sent: an Events API callback, an interaction or
	// a slash command. nil for hello and disconnect.
	Payload json.RawMessage `json:"payload,omitempty"`
	// AcceptsResponse says that the acknowledgement may carry a payload.
	AcceptsResponse bool `json:"accepts_response_payload,omitempty"`
	// RetryAttempt counts deliveries of this event that were not acknowledged. It
	// is for the log only: duplicates are known by the callback's EventID.
	RetryAttempt int    `json:"retry_attempt,omitempty"`
	RetryReason  string `json:"retry_reason,omitempty"`
	// Reason is why Slack wants to disconnect; one of the Reason constants or
	// something newer.
	Reason string `json:"reason,omitempty"`
	// Hello is set for type hello alone.
	Hello *Hello `json:"hello,omitempty"`
}

// Hello is what Slack says when a socket is registered (Slack docs: Socket
// Mode): events may come from here on, not before.
type Hello struct {
	// NumConnections counts the app's sockets at Slack, this one included.
	NumConnections int `json:"num_connections"`
	// AppID is the app whose app-level token opened the socket.
	AppID string `json:"app_id"`
	// Host is the machine at Slack that serves the socket.
	Host string `json:"host"`
	// Lifetime is roughly how long Slack will keep the socket; 0 if not said.
	Lifetime time.Duration `json:"lifetime"`
}

// helloFrame says where hello's facts are in the frame.
type helloFrame struct {
	NumConnections int `json:"num_connections"`
	ConnectionInfo struct {
		AppID string `json:"app_id"`
	} `json:"connection_info"`
	DebugInfo struct {
		Host     string `json:"host"`
		Lifetime int    `json:"approximate_connection_time"`
	} `json:"debug_info"`
}

// ParseEnvelope reads one frame. When the frame is not an envelope (broken JSON,
// no type) the error says so, and the returned Envelope still carries the ID if
// one could be found, so that the caller can name what it could not read.
func ParseEnvelope(frame []byte) (Envelope, error) {
	var env Envelope
	err := Unmarshal(frame, &env)
	if err != nil {
		return Envelope{ID: findID(frame)}, fmt.Errorf("read a Socket Mode frame: %w", err)
	}
	env.Hello = nil
	if env.Type == "" {
		return env, fmt.Errorf("read a Socket Mode frame: %w: it has no type", ErrShape)
	}
	if env.Type == TypeHello {
		env.Hello, err = parseHello(frame)
	}
	return env, err
}

func parseHello(frame []byte) (*Hello, error) {
	var hello helloFrame
	if err := Unmarshal(frame, &hello); err != nil {
		return nil, fmt.Errorf("read Slack's hello: %w", err)
	}
	return &Hello{
		NumConnections: hello.NumConnections,
		AppID:          hello.ConnectionInfo.AppID,
		Host:           hello.DebugInfo.Host,
		Lifetime:       seconds(hello.DebugInfo.Lifetime),
	}, nil
}

// seconds is n seconds, or 0 for what no connection can live (over a year).
func seconds(n int) time.Duration {
	const year = 366 * 24 * 60 * 60
	if n < 0 || n > year {
		return 0
	}
	return time.Duration(n) * time.Second
}
