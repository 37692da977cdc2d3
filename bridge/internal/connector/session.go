package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/status"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
	"ops-jrz1/bridge/internal/slackws"
)

// Error codes of bridge states, for clients that show them.
const (
	stateNoTokens    status.BridgeStateErrorCode = "slack-no-tokens"
	stateRefused     status.BridgeStateErrorCode = "slack-credentials-refused"
	stateUnreachable status.BridgeStateErrorCode = "slack-unreachable"
)

// lookAgain is how often tokens that Slack refused are tried again.
const lookAgain = 10 * time.Minute

// session is a client's time from Connect to Disconnect: it finds out who the
// app is, replays what the journal still holds, keeps the socket and makes the
// rooms.
type session struct {
	client *Client
	cancel context.CancelFunc
	lanes  *lanes
	work   sync.WaitGroup
}

// startSession begins a session and returns at once. ctx carries the logger and
// must live as long as the bridge.
func startSession(ctx context.Context, client *Client) *session {
	s := &session{client: client, lanes: newLanes(ctx, fromSlackPolicy)}
	ctx, s.cancel = context.WithCancel(ctx)
	s.work.Go(func() { s.run(ctx) })
	return s
}

// Stop ends the session: first the socket, so that nothing more is acked, then
// the lanes.
func (s *session) Stop() {
	s.cancel()
	s.work.Wait()
	s.lanes.Stop()
}

func (s *session) run(ctx context.Context) {
	c := s.client
	if c.blocked != "" {
		zerolog.Ctx(ctx).Warn().Msg("Not connected to Slack: " + c.blocked)
		c.tell(status.StateBadCredentials, stateNoTokens, c.blocked)
		return
	}
	c.tell(status.StateConnecting, "", "")
	if !s.identify(ctx) || !s.ensureSpace(ctx) || !s.replay(ctx) {
		return
	}
	s.work.Go(func() { s.syncRooms(ctx) })
	socket := slackws.New(slackws.Config{
		Open:    c.api.OpenSocket,
		Handle:  s.take,
		OnState: c.onSocket,
		Scale:   c.connector.options.Network.SlackTimeScale,
		Log:     c.connector.options.Log,
	})
	if err := socket.Run(ctx); err != nil && ctx.Err() == nil {
		zerolog.Ctx(ctx).Error().Err(err).Msg("The Slack session ended")
	}
}

// identify asks Slack whose tokens these are, until it answers. It returns false
// when the session ends first.
func (s *session) identify(ctx context.Context) bool {
	for attempt := 1; ; attempt++ {
		who, err := s.client.identifyOnce(ctx)
		if err == nil {
			s.client.accept(ctx, who)
			return true
		}
		wait := s.client.refused(ctx, err, attempt)
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return false
		}
	}
}

// identifyOnce returns the identity of the bot token, or an error if the tokens
// belong to two apps or to another app or workspace than the login.
func (c *Client) identifyOnce(ctx context.Context) (*slackapi.Identity, error) {
	tokens, blocked := c.connector.tokensOf(c.login)
	if blocked != "" {
		return nil, errors.New(blocked)
	}
	who, err := c.api.AuthTest(ctx)
	if err != nil {
		return nil, err
	}
	if err := sameApp(who, tokens); err != nil {
		return nil, err
	}
	if who.TeamID != c.team || who.UserID != c.bot {
		return nil, &mismatchError{fmt.Sprintf("the bot token is of bot %s in workspace %s, but this login is of bot %s in workspace %s; put the right token back or make a new login",
			who.UserID, who.TeamID, c.bot, c.team)}
	}
	return who, nil
}

// accept notes who the app is and says which scopes it lacks.
func (c *Client) accept(ctx context.Context, who *slackapi.Identity) {
	c.mu.Lock()
	c.identity, c.dead = who, ""
	c.mu.Unlock()
	if missing := slackapp.MissingScopes(who.Scopes); len(missing) > 0 {
		lines := make([]string, len(missing))
		for i, scope := range missing {
			lines[i] = fmt.Sprintf("%s (without it: %s)", scope.Name, scope.Lost)
		}
		zerolog.Ctx(ctx).Warn().Msg("The Slack app lacks scopes; add them under OAuth & Permissions and reinstall the app: " + strings.Join(lines, "; "))
	}
}

// refused notes why the identity could not be had and returns how long to wait.
func (c *Client) refused(ctx context.Context, err error, attempt int) time.Duration {
	var mismatch *mismatchError
	final := errors.As(err, &mismatch) || slackapi.KindOf(err) == slackapi.Credentials
	if final {
		c.setDead(err.Error())
		zerolog.Ctx(ctx).Error().Msg("Not connected to Slack: " + err.Error())
		c.tell(status.StateBadCredentials, stateRefused, err.Error())
		return c.connector.scaled(lookAgain)
	}
	after, _ := slackapi.RetryAfter(err)
	wait := max(backoff(attempt), after)
	zerolog.Ctx(ctx).Warn().Err(err).Stringer("again_in", wait).Msg("Slack does not answer, will try again")
	if attempt > 1 {
		c.tell(status.StateTransientDisconnect, stateUnreachable, err.Error())
	}
	return c.connector.scaled(wait)
}

// scaled shortens a wait by network.slack_time_scale.
func (c *Connector) scaled(wait time.Duration) time.Duration {
	return time.Duration(float64(wait) * c.options.Network.SlackTimeScale)
}

// replay puts what the journal still holds for this login into the lanes, before
// anything new comes. It returns false when the session ends first.
func (s *session) replay(ctx context.Context) bool {
	for attempt := 1; ; attempt++ {
		rows, err := s.client.connector.journal.Pending(ctx, s.source())
		if err == nil {
			for _, row := range rows {
				s.enqueue(row)
			}
			if len(rows) > 0 {
				zerolog.Ctx(ctx).Info().Int("events", len(rows)).Msg("Handling what was stored before the last stop")
			}
			return true
		}
		zerolog.Ctx(ctx).Err(err).Msg("Cannot read the journal, will try again")
		select {
		case <-time.After(backoff(attempt)):
		case <-ctx.Done():
			return false
		}
	}
}

// source is the login's name in the journal.
func (s *session) source() string { return string(s.client.login.ID) }

// onSocket passes the socket's state on to the framework; the socket itself has
// logged it.
func (c *Client) onSocket(state slackws.State) {
	switch state.Kind {
	case slackws.Connected:
		c.setDead("")
		c.tell(status.StateConnected, "", "")
	case slackws.Stopped:
		c.tell(status.StateBadCredentials, stateRefused, state.Message)
	case slackws.Waiting:
		c.tell(status.StateTransientDisconnect, stateUnreachable, state.Message)
	}
}

// tell sends a bridge state; the framework says those of importance in the
// owner's management room.
func (c *Client) tell(event status.BridgeStateEvent, code status.BridgeStateErrorCode, message string) {
	if c.login.BridgeState != nil {
		c.login.BridgeState.Send(status.BridgeState{StateEvent: event, Error: code, Message: message})
	}
}

// mismatchError says that tokens do not belong together or not to their login.
type mismatchError struct{ line string }

func (e *mismatchError) Error() string { return e.line }

var _ bridgev2.NetworkAPI = (*Client)(nil)
