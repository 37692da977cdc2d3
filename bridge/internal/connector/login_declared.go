package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
)

// startPatience is how long the start waits for Slack to identify the tokens of a
// declared login. After that the login is made in the background.
const startPatience = 10 * time.Second

// declareLogins makes the logins of network.logins. A problem with one is logged in one
// line and is not an error: the bridge serves the others.
func (c *Connector) declareLogins(ctx context.Context) error {
	for _, declared := range c.options.Network.Logins {
		log := zerolog.Ctx(ctx).With().Stringer("owner", declared.Owner).Str("bot_token_file", declared.BotTokenFile).Logger()
		ctx := log.WithContext(ctx)
		c.unmade.begin(declared.BotTokenFile)
		tokens, why := c.declaredTokens(declared.BotTokenFile)
		if why != "" {
			log.Warn().Msg("A declared login waits: " + why)
			c.unmade.because(declared.BotTokenFile, why)
			continue
		}
		patience, cancel := context.WithTimeout(ctx, startPatience)
		err := c.declareLogin(patience, declared, tokens)
		cancel()
		switch {
		case err == nil:
			c.unmade.end(declared.BotTokenFile)
		case isTransientAtStart(err):
			log.Warn().Str("reason", briefly(err)).Msg("Slack does not say whose tokens a declared login's are yet; the login is made when it does")
			c.background.Go(func() { c.declareLater(c.bridge.Log.WithContext(c.stopping), declared, err) })
		default:
			c.cannotDeclare(ctx, declared, withRestart(err))
		}
	}
	return nil
}

// cannotDeclare says in the log why a declared login does not work, and has its owner told.
func (c *Connector) cannotDeclare(ctx context.Context, declared settings.Login, why string) {
	zerolog.Ctx(ctx).Error().Msg("A declared login does not work: " + why)
	c.unmade.because(declared.BotTokenFile, why)
}

// withRestart is why a declared login does not work that is tried again at the next start.
func withRestart(err error) string { return err.Error() + ". Restart the bridge when that is mended" }

// isTransientAtStart says whether asking Slack again may help. It refuses good tokens now
// and then, and bad ones may be replaced.
func isTransientAtStart(err error) bool {
	switch slackapi.KindOf(err) {
	case slackapi.Temporary, slackapi.RateLimited, slackapi.Credentials:
		return true
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// declareLater makes a login as soon as Slack identifies its tokens. err is what Slack
// answered so far.
func (c *Connector) declareLater(ctx context.Context, declared settings.Login, err error) {
	log := zerolog.Ctx(ctx).With().Stringer("owner", declared.Owner).Str("bot_token_file", declared.BotTokenFile).Logger()
	ctx = log.WithContext(ctx)
	refusals, told := 0, false
	for attempt := 1; ; attempt++ {
		wait := backoff(attempt)
		if slackapi.KindOf(err) == slackapi.Credentials {
			var confirmed bool
			refusals++
			if wait, confirmed = afterRefusal(refusals); confirmed && !told {
				told = true
				if !c.isMade(declared) { // else its session says it
					c.cannotDeclare(ctx, declared, err.Error())
				}
			}
		}
		after, _ := slackapi.RetryAfter(err)
		select {
		case <-time.After(max(c.scaled(wait), after)):
		case <-ctx.Done():
			return
		}
		tokens, why := c.declaredTokens(declared.BotTokenFile) // they may have been changed
		if why != "" {
			c.cannotDeclare(ctx, declared, why)
			return
		}
		if err = c.declareLogin(ctx, declared, tokens); err == nil {
			c.unmade.end(declared.BotTokenFile)
			if told {
				log.Info().Msg("The declared login works now")
			}
			c.connectDeclared(ctx, declared)
			return
		}
		if !isTransientAtStart(err) {
			c.cannotDeclare(ctx, declared, withRestart(err))
			return
		}
	}
}

// declareLogin makes the login of one entry, or gives an existing one its new
// owner and tokens.
func (c *Connector) declareLogin(ctx context.Context, declared settings.Login, tokens settings.Tokens) error {
	who, err := c.newAPI(tokens, nil).AuthTest(slackapi.WaitAtMost(ctx, startPatience))
	if err != nil {
		return err
	}
	if err := sameApp(who, tokens); err != nil {
		return err
	}
	user, err := c.bridge.GetUserByMXID(ctx, declared.Owner)
	if err != nil {
		return fmt.Errorf("load user %s: %w", declared.Owner, err)
	}
	id := slackid.MakeLoginID(who.TeamID, who.UserID)
	if c.works(id, declared) {
		return nil
	}
	if err := c.claim(ctx, id, declared); err != nil {
		return err
	}
	_, err = c.makeLogin(ctx, user, who, &LoginMetadata{DeclaredBy: declared.BotTokenFile})
	return err
}

// works says whether a login already is as it is declared and Slack accepts its tokens:
// it was in the database, and must not be changed while it is in use.
func (c *Connector) works(id networkid.UserLoginID, declared settings.Login) bool {
	login := c.bridge.GetCachedUserLoginByID(id)
	if login == nil || login.UserMXID != declared.Owner || login.Metadata.(*LoginMetadata).DeclaredBy != declared.BotTokenFile {
		return false
	}
	client, ok := login.Client.(*Client)
	return ok && client.IsLoggedIn() && client.who() != nil
}

// claim moves an existing login to the owner that the configuration names; its
// portals and its relay stay as they are.
func (c *Connector) claim(ctx context.Context, id networkid.UserLoginID, declared settings.Login) error {
	row, err := c.bridge.DB.UserLogin.GetByID(ctx, id)
	if err != nil {
		return fmt.Errorf("load login %s: %w", id, err)
	}
	if row == nil || row.UserMXID == declared.Owner {
		return nil
	}
	zerolog.Ctx(ctx).Info().Str("login", string(id)).Stringer("from", row.UserMXID).Stringer("to", declared.Owner).
		Msg("Moving a login to the owner that network.logins names")
	return c.db.MoveLogin(ctx, id, declared.Owner)
}

// connectDeclared connects a login that was made after the framework had connected
// the others.
func (c *Connector) connectDeclared(ctx context.Context, declared settings.Login) {
	for _, login := range c.bridge.GetAllCachedUserLogins() {
		if meta, ok := login.Metadata.(*LoginMetadata); ok && meta.DeclaredBy == declared.BotTokenFile {
			login.Client.Connect(login.Log.WithContext(ctx))
		}
	}
}

// declaredTokens reads the tokens of the entry with this bot token file, or says
// in one line why there are none.
func (c *Connector) declaredTokens(botTokenFile string) (tokens settings.Tokens, why string) {
	for _, declared := range c.options.Network.Logins {
		if declared.BotTokenFile != botTokenFile {
			continue
		}
		tokens, missing, err := declared.ReadTokens()
		switch {
		case err != nil:
			return settings.Tokens{}, withRestart(err)
		case len(missing) > 0:
			return settings.Tokens{}, "the Slack token is still missing in " + strings.Join(missing, " and ") +
				"; put it there (`sops secrets/secrets.yaml`) and restart the bridge"
		}
		return tokens, ""
	}
	return settings.Tokens{}, "the login is no longer in network.logins; its rooms stay, and nothing crosses"
}
