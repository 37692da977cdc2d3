package slackws

import (
	"fmt"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// Kind is how a session is.
type Kind string

// The kinds of state.
const (
	// Connecting: an attempt is under way, after a start, a loss or a refresh.
	Connecting Kind = "connecting"
	// Connected: Slack said hello.
	Connected Kind = "connected"
	// Waiting: the next attempt is at State.Next and may well succeed.
	Waiting Kind = "waiting"
	// Stopped: Slack has said several times that a person has to act; the session
	// looks again at State.Next.
	Stopped Kind = "stopped"
)

// Reason is why a session is as it is. Slack's own words for a disconnect are
// reasons too, the unknown ones included.
type Reason string

// The reasons of this package, and those of Slack's that it tells apart.
const (
	ReasonStart       Reason = "start"
	ReasonHello       Reason = "hello"
	ReasonCut         Reason = "cut"
	ReasonClosed      Reason = "closed"
	ReasonNoPong      Reason = "no_pong"
	ReasonNoHello     Reason = "no_hello"
	ReasonRefused     Reason = "refused"
	ReasonUnreachable Reason = "unreachable"
	ReasonAPIError    Reason = "api_error"
	ReasonDeadToken   Reason = "dead_token"
	ReasonUninstalled Reason = "app_uninstalled"

	ReasonWarning      Reason = "warning"
	ReasonRefresh      Reason = "refresh_requested"
	ReasonTooMany      Reason = "too_many_websockets"
	ReasonLinkDisabled Reason = "link_disabled"
)

// State is one change in a session's life.
type State struct {
	Kind   Kind
	Reason Reason
	// Message says in one line what is and, where something is wrong, its cure.
	// It holds no secret.
	Message string
	// Next is when the next attempt begins; zero if one is under way or none is
	// needed.
	Next time.Time
	// Sockets is how many sockets of the app Slack counts, and Ours how many of
	// them are this session's; both are 0 unless Kind is Connected. Where
	// Sockets is greater, another program receives a part of the events.
	Sockets, Ours int
}

// State returns the present state. Unlike OnState it also shows a Next that
// moved while nothing else changed.
func (s *Session) State() State {
	if state := s.state.Load(); state != nil {
		return *state
	}
	return State{Kind: Connecting, Reason: ReasonStart}
}

// tell completes state with its message, keeps it, and tells it to the log and
// to OnState unless it repeats the one told before.
func (s *Session) tell(state State, why *fault) {
	if state.Message == "" {
		state.Message = message(state, why)
	}
	s.state.Store(&state)
	if state.Kind == s.told.Kind && state.Reason == s.told.Reason {
		return
	}
	s.told = state
	fields := []zap.Field{zap.String("state", string(state.Kind)), zap.String("reason", string(state.Reason))}
	if !state.Next.IsZero() {
		fields = append(fields, zap.Time("next_attempt", state.Next))
	}
	s.log.Log(level(state), state.Message, fields...)
	s.cfg.OnState(state)
}

func (s *Session) tellConnected(current *socket) {
	state := State{
		Kind: Connected, Reason: ReasonHello,
		Message: "Connected to Slack by Socket Mode",
		Sockets: current.hello.NumConnections,
		Ours:    int(s.live.Load()),
	}
	if state.Sockets > state.Ours {
		state.Message += fmt.Sprintf("; Slack counts %d sockets of this app, %d of them ours: "+
			"a broken one lingers for some minutes, but another program with this app's token "+
			"takes a part of the events and must be stopped", state.Sockets, state.Ours)
	}
	s.tell(state, nil)
}

func level(state State) zapcore.Level {
	switch {
	case state.Kind == Stopped:
		return zap.ErrorLevel
	case state.Kind == Waiting, state.Sockets > state.Ours:
		return zap.WarnLevel
	default:
		return zap.InfoLevel
	}
}
