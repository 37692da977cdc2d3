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

// lookAgain is how often refused tokens are tried again.
const lookAgain = time.Minute

// afterRefusal returns how long to wait after the n-th refusal in a row, and whether it
// is confirmed: Slack refuses good tokens now and then, and accepts them a moment later.
// When the first few tries were all refused, the refusal counts as confirmed.
func afterRefusal(n int) (wait time.Duration, confirmed bool) {
	waits := []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second}
	if n <= len(waits) {
		return waits[n-1], false
	}
	return lookAgain, true
}

// identify asks Slack whose tokens these are, until it answers. It returns false
// when the session ends first.
func (s *session) identify(ctx context.Context) bool {
	refusals := 0
	for attempt := 1; ; attempt++ {
		who, err := s.client.identifyOnce(ctx)
		if err == nil {
			s.client.accept(ctx, who)
			return true
		}
		var wait time.Duration
		if isRefusal(err) {
			refusals++
			wait = s.client.refused(ctx, err, refusals)
		} else {
			wait = s.client.unanswered(ctx, err, attempt)
		}
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
	who := c.popIntroduction()
	if who == nil {
		api := c.api
		if !api.Uses(tokens.Bot, tokens.App) { // nothing is called with them before Slack has said whose they are
			api = c.connector.newAPI(tokens, nil)
		}
		var err error
		if who, err = api.AuthTest(ctx); err != nil {
			return nil, err
		}
	}
	if err := sameApp(who, tokens); err != nil {
		return nil, err
	}
	if who.TeamID != c.team || who.UserID != c.bot {
		return nil, &mismatchError{fmt.Sprintf("the bot token is of bot %s in workspace %s, but this login is of bot %s in workspace %s; put the right token back or make a new login",
			who.UserID, who.TeamID, c.bot, c.team)}
	}
	c.api.Replace(tokens.Bot, tokens.App)
	c.api.Introduce(who)
	return who, nil
}

// openSocket asks for a socket. If Slack refuses the app-level token, another one of the same app
// may be in its file by now, which needs no restart.
func (c *Client) openSocket(ctx context.Context) (string, error) {
	url, err := c.api.OpenSocket(ctx)
	if slackapi.KindOf(err) != slackapi.Credentials {
		return url, err
	}
	tokens, blocked := c.connector.tokensOf(c.login)
	if blocked != "" || c.api.Uses(tokens.Bot, tokens.App) {
		return url, err
	}
	if _, refused := c.identifyOnce(ctx); refused != nil {
		return url, err
	}
	return c.api.OpenSocket(ctx)
}

// introduce notes what Slack has just said about the tokens, so that the next session
// need not ask again.
func (c *Client) introduce(who *slackapi.Identity) {
	c.api.Introduce(who)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.introduced = who
}

// popIntroduction returns what introduce noted, once.
func (c *Client) popIntroduction() *slackapi.Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	who := c.introduced
	c.introduced = nil
	return who
}

// accept notes who the app is and logs which scopes it lacks.
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

// isRefusal says whether the tokens are refused: by Slack, or because they do not
// belong to the login.
func isRefusal(err error) bool {
	var mismatch *mismatchError
	return errors.As(err, &mismatch) || slackapi.KindOf(err) == slackapi.Credentials
}

// refused notes why the tokens are refused for the n-th time in a row, and returns how
// long to wait. Until the refusal is confirmed the login goes on, and its owner is not
// told. Tokens of another login count as confirmed at once.
func (c *Client) refused(ctx context.Context, err error, n int) time.Duration {
	wait, confirmed := afterRefusal(n)
	var mismatch *mismatchError
	if !confirmed && !errors.As(err, &mismatch) {
		zerolog.Ctx(ctx).Warn().Str("reason", briefly(err)).Stringer("again_in", wait).Msg("Slack refuses the bot token, will look again")
		return c.connector.scaled(wait)
	}
	c.telling.Lock()
	defer c.telling.Unlock()
	if c.setDead(err.Error()) {
		zerolog.Ctx(ctx).Error().Msg("Not connected to Slack: " + err.Error())
		c.send(status.StateBadCredentials, stateRefused, err.Error())
	}
	return c.connector.scaled(wait)
}

// briefly is an error without the advice what to do about it.
func briefly(err error) string {
	var slackErr *slackapi.Error
	if errors.As(err, &slackErr) {
		what, _ := slackErr.Parts()
		return what
	}
	return err.Error()
}

// unanswered notes that Slack did not say whose tokens these are, and returns how long
// to wait.
func (c *Client) unanswered(ctx context.Context, err error, attempt int) time.Duration {
	after, _ := slackapi.RetryAfter(err)
	wait := max(c.connector.scaled(backoff(attempt)), after) // after is on this machine's clock
	zerolog.Ctx(ctx).Warn().Err(err).Stringer("again_in", wait).Msg("Slack does not answer, will try again")
	if attempt > 1 {
		c.tell(status.StateTransientDisconnect, stateUnreachable, err.Error())
	}
	return wait
}

// watchToken checks the bot token whenever Slack refuses it, until Slack accepts it
// again: the socket has another token and may stay open.
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

// recheckToken has the bot token checked again. It never waits.
func (c *Client) recheckToken() {
	select {
	case c.refusals <- struct{}{}:
	default: // a check is already due
	}
}

// handleTokensRevoked handles tokens_revoked, which names the users whose tokens
// were revoked.
func (c *Client) handleTokensRevoked(context.Context, *inbox.Attempt, *slackevent.TokensRevoked) error {
	c.recheckToken()
	return nil
}

// mismatchError says that tokens do not belong together, or not to their login.
type mismatchError struct{ line string }

func (e *mismatchError) Error() string { return e.line }
