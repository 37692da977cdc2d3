package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/status"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
	"ops-jrz1/bridge/internal/slackevent"
)

// lookAgain is how often tokens that Slack refused are tried again.
const lookAgain = 10 * time.Minute

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
		c.telling.Lock()
		defer c.telling.Unlock()
		if c.setDead(err.Error()) {
			zerolog.Ctx(ctx).Error().Msg("Not connected to Slack: " + err.Error())
			c.send(status.StateBadCredentials, stateRefused, err.Error())
		}
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

// watchToken asks again whose the bot token is whenever Slack refuses it, until
// Slack accepts it again: the socket has another token and may stay open.
func (s *session) watchToken(ctx context.Context) {
	c := s.client
	for {
		select {
		case <-c.refusals:
		case <-ctx.Done():
			return
		}
		if !s.identify(ctx) {
			return
		}
		c.tellSocket()
	}
}

// suspect has the bot token looked at again. It never waits.
func (c *Client) suspect() {
	select {
	case c.refusals <- struct{}{}:
	default: // that is going to happen already
	}
}

// handleTokensRevoked handles tokens_revoked, which names the users whose tokens
// were taken back.
func (c *Client) handleTokensRevoked(context.Context, *inbox.Attempt, *slackevent.TokensRevoked) error {
	c.suspect()
	return nil
}

// mismatchError says that tokens do not belong together or not to their login.
type mismatchError struct{ line string }

func (e *mismatchError) Error() string { return e.line }
