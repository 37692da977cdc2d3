package operator

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

// Status is how a running bridge is. It names no person and no conversation, and holds no
// message and no token.
type Status struct {
	Version string    `json:"version"`
	At      time.Time `json:"at"`
	Started time.Time `json:"started"`
	// Configuration is the digest of the file that was read at the start.
	Configuration string `json:"configuration"`
	// Phase is starting, up or stopping, and Doing what is waited for meanwhile.
	Phase string `json:"phase"`
	Doing string `json:"doing,omitempty"`

	Logins     []LoginStatus    `json:"logins"`
	Homeserver HomeserverStatus `json:"homeserver"`
	Inbox      []SourceStatus   `json:"inbox"`
	// Incomplete says why the numbers of the inbox are those that are in memory, without
	// what is parked.
	Incomplete string `json:"incomplete,omitempty"`
	// Rooms are bridged conversations, Reading those that are read for what was missed, and
	// Filling how far new ones are.
	Rooms   int           `json:"rooms"`
	Reading int           `json:"reading"`
	Filling FillingStatus `json:"filling,omitzero"`
}

// The phases of a bridge.
const (
	Starting = "starting"
	Up       = "up"
	Stopping = "stopping"
)

// FillingStatus is how far new rooms are that get what was said before.
type FillingStatus struct {
	// Rooms is how many there are. Found is how many messages were found for them so far,
	// and Sent how many of those are in the rooms.
	Rooms int `json:"rooms"`
	Found int `json:"found"`
	Sent  int `json:"sent"`
}

// LoginStatus is how one login is.
type LoginStatus struct {
	// Login is its id: the workspace's and the bot's.
	Login string `json:"login"`
	// State is connected, connecting, waiting, stopped, or unusable if nothing can be sent
	// through the login. Message says why, and the cure where there is one.
	State   string    `json:"state"`
	Since   time.Time `json:"since,omitzero"`
	Reason  string    `json:"reason,omitempty"`
	Message string    `json:"message,omitempty"`
	// Next is when the socket is tried again.
	Next time.Time `json:"next,omitzero"`
	// Lost is the last time that a socket ended, LostReason why.
	Lost       time.Time `json:"lost,omitzero"`
	LostReason string    `json:"lost_reason,omitempty"`
	// RoomsReady says that the rooms were in sync with Slack once since the start.
	RoomsReady bool `json:"rooms_ready"`
	// Waits are the limits of Slack's that are being waited for.
	Waits []Wait `json:"waits,omitempty"`
}

// Wait is a limit of Slack's that calls wait for.
type Wait struct {
	Method string    `json:"method"`
	Until  time.Time `json:"until"`
	Calls  int       `json:"calls"`
}

// Usable says whether a login's socket is connected and its tokens are good.
func (l LoginStatus) Usable() bool { return l.State == "connected" }

// HomeserverStatus is how the homeserver is, seen from the bridge.
type HomeserverStatus struct {
	// Transactions is starting, ready or draining.
	Transactions string `json:"transactions"`
	// Delivers says that the last probe came back, Proven when, and Waiting since when one
	// is away.
	Delivers bool      `json:"delivers"`
	Proven   time.Time `json:"proven,omitzero"`
	Waiting  time.Time `json:"waiting,omitzero"`
	// Refused says that it does not accept the bridge's token.
	Refused bool `json:"refused,omitempty"`
}

// firstProbe is how long the first probe after a start may be away.
const firstProbe = 30 * time.Second

// IsSilent says whether the homeserver does not deliver: a probe is away, and for the first
// one too long.
func (h HomeserverStatus) IsSilent(now time.Time) bool {
	return !h.Delivers && (!h.Proven.IsZero() || !h.Waiting.IsZero() && now.Sub(h.Waiting) > firstProbe)
}

// SourceStatus is what is left to be done of what came from one side.
type SourceStatus struct {
	Source string `json:"source"`
	// Waiting rows are not done, Parked ones need a person. Oldest is when the first of
	// the waiting ones arrived.
	Waiting int       `json:"waiting"`
	Parked  int       `json:"parked"`
	Oldest  time.Time `json:"oldest,omitzero"`
	// Received is when something came last, Done when a row was done last.
	Received time.Time `json:"received,omitzero"`
	Done     time.Time `json:"done,omitzero"`
}

// RoomStatus is when something was said last in a conversation, from each side. Its name is
// that of a channel: those of direct conversations are people's.
type RoomStatus struct {
	Name                  string
	FromSlack, FromMatrix time.Time
}

// Troubles says in one line each what keeps messages from crossing. Without any the bridge
// is ready.
func (s Status) Troubles() (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	if s.Phase != Up {
		line := "the bridge is " + s.Phase
		if s.Doing != "" {
			line += ": " + s.Doing
		}
		add("%s", line)
	}
	if s.Phase == Up && len(s.Logins) == 0 {
		add("no one is logged in to Slack: set network.logins, or send `login app` to the bot")
	}
	for _, login := range s.Logins {
		if !login.Usable() {
			add("Slack, %s: %s: %s", login.Login, login.State, login.Message)
		}
	}
	switch {
	case s.Phase == Up && s.Homeserver.Refused:
		add("the homeserver does not accept the bridge's as_token")
	case s.Phase == Up && s.Homeserver.IsSilent(s.At):
		add("the homeserver does not deliver: the bridge's probe is away since %s", s.Homeserver.Waiting.UTC().Format(time.RFC3339))
	}
	if s.Incomplete != "" {
		add("%s", s.Incomplete)
	}
	return lines
}

// Asked is what is asked for a bridge's status.
type Asked func(ctx context.Context) (Status, error)

// Status returns how the bridge is.
func (c *Client) Status(ctx context.Context) (status Status, err error) {
	err = c.ask(ctx, http.MethodGet, "/v1/status", &status)
	return status, err
}
