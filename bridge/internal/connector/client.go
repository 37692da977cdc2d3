package connector

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackid"
	"ops-jrz1/bridge/internal/slackws"
)

// Client is one login: an app in one workspace, with its bot and app-level
// tokens.
type Client struct {
	connector *Connector
	login     *bridgev2.UserLogin
	// team and bot are the workspace's id and the id of the app's bot user.
	team, bot string
	// ofApp says that it is an app's, and not a person's own, which only a takeover leaves.
	ofApp bool
	// blocked says in one line why this login cannot be used, "" if it can be.
	blocked       string
	api           *slackapi.Client
	users         *users
	userGroups    *userGroups
	conversations *conversations
	emojis        *emojis
	listing       listing
	backfills     *backfills
	cooldowns     *cooldowns
	resyncs       *resyncs
	reads         *reads
	shareNames    shareNames
	// holders are who holds which direct conversation, and greeted who knows what the bot is.
	holders *lru[id.UserID]
	greeted *lru[struct{}]

	// changing is held while a session begins or ends: a login never has two, and the
	// end of one is waited for.
	changing sync.Mutex
	// loggedOut says that no further session begins.
	loggedOut bool
	session   *session

	telling sync.Mutex // of states to the framework
	// refusals holds a value while the bot token is suspected to be invalid.
	refusals chan struct{}

	// roomsMade says that the rooms were in sync with Slack once since the start.
	roomsMade atomic.Bool

	mu       sync.Mutex
	identity *slackapi.Identity
	// introduced is the identity of the tokens if Slack was asked for it when the login was
	// made; the first session uses it up.
	introduced *slackapi.Identity
	dead       string // why Slack refuses the tokens, "" while it does not
	socket     slackws.State
	// since is when the socket came into the kind of state it is in; lost is when it was
	// connected last, lostWhy why it is not that one any more.
	since, lost time.Time
	lostWhy     slackws.Reason
}

var _ interface {
	bridgev2.NetworkAPI
	bridgev2.NetworkAPIWithUserID
	bridgev2.EditHandlingNetworkAPI
	bridgev2.RedactionHandlingNetworkAPI
	bridgev2.ReactionHandlingNetworkAPI
} = (*Client)(nil)

// LoadUserLogin implements bridgev2.NetworkConnector: it makes the client of a
// login in the database, without any request.
func (c *Connector) LoadUserLogin(_ context.Context, login *bridgev2.UserLogin) error {
	team, bot, err := slackid.ParseLoginID(login.ID)
	if err != nil {
		return err
	}
	client := &Client{connector: c, login: login, team: team, bot: bot, refusals: make(chan struct{}, 1)}
	client.ofApp = login.Metadata.(*LoginMetadata).isOfApp()
	tokens, blocked := c.tokensOf(login)
	client.blocked = blocked
	client.api = c.newAPI(tokens, client.recheckToken)
	client.users = newUsers(client)
	client.userGroups = newUserGroups(client)
	client.conversations = newConversations(client)
	client.emojis = newEmojis(client)
	client.backfills = newBackfills()
	client.cooldowns = newCooldowns()
	client.resyncs = newResyncs()
	client.reads = newReads()
	client.holders, client.greeted = newLRU[id.UserID](peopleInMemory), newLRU[struct{}](peopleInMemory)
	c.clients.put(client)
	login.Client = client
	return nil
}

// tokensOf returns a login's tokens, or why there are none.
func (c *Connector) tokensOf(login *bridgev2.UserLogin) (tokens settings.Tokens, blocked string) {
	meta := login.Metadata.(*LoginMetadata)
	if meta.DeclaredBy != "" {
		return c.declaredTokens(meta.DeclaredBy)
	}
	if meta.Token == "" || meta.AppToken == "" {
		return tokens, "this login has no bot and app token; the bridge works with an app's tokens alone: send `login app` to the bot"
	}
	return settings.Tokens{Bot: secret.New(meta.Token), App: secret.New(meta.AppToken)}, ""
}

// newAPI makes a client of the Web API; refused, if any, is called when Slack
// refuses the bot token.
func (c *Connector) newAPI(tokens settings.Tokens, refused func()) *slackapi.Client {
	return slackapi.New(slackapi.Config{
		OnRefused:  refused,
		APIURL:     c.options.Network.SlackAPIURL,
		BotToken:   tokens.Bot,
		AppToken:   tokens.App,
		HTTPClient: c.options.HTTP,
		Scale:      c.options.Network.SlackTimeScale,
		Log:        c.options.Log.Named("slackapi"),
		Metrics:    &c.counts.calls,
	})
}

// Connect implements bridgev2.NetworkAPI: it starts the session and returns.
func (c *Client) Connect(ctx context.Context) {
	c.changing.Lock()
	defer c.changing.Unlock()
	if c.session != nil || c.loggedOut {
		return
	}
	c.session = startSession(zerolog.Ctx(ctx).WithContext(c.connector.bridge.BackgroundCtx), c)
}

// Disconnect implements bridgev2.NetworkAPI: it accepts nothing more from Slack,
// finishes what it is handling and leaves the rest to the next start.
func (c *Client) Disconnect() {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.disconnect()
}

// disconnect is Disconnect for a caller that holds changing.
func (c *Client) disconnect() {
	if c.session != nil {
		c.session.Stop()
		c.session = nil
	}
}

// LogoutRemote implements bridgev2.NetworkAPI. Only an app's owner can revoke its
// tokens, so the bridge just forgets them. Rooms keep the login as their relay until
// another replaces it, and say that it was logged out.
func (c *Client) LogoutRemote(ctx context.Context) {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.loggedOut = true
	c.disconnect()
	c.connector.clients.drop(c)
	c.connector.unmade.end(c.login.Metadata.(*LoginMetadata).DeclaredBy)
	if err := c.connector.inbox.ParkSource(ctx, sourceOf(c.login.ID), errLoginGone); err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("Cannot park what waits for the login; the next start does")
	}
	c.setDead("the login was logged out of the bridge; `login app` in a chat with the bridge's bot makes a new one")
}

// IsLoggedIn implements bridgev2.NetworkAPI.
func (c *Client) IsLoggedIn() bool { return c.unusable() == "" }

// unusable says in one line why nothing can be sent through this login, or "".
func (c *Client) unusable() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.blocked != "" {
		return c.blocked
	}
	return c.dead
}

// setDead notes why nothing can be sent, and says whether the reason is a new one.
func (c *Client) setDead(why string) (changed bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	changed = c.dead != why
	c.dead = why
	return changed
}

// who returns what Slack said about the app's bot at the start of the session, or
// nil before that.
func (c *Client) who() *slackapi.Identity {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.identity
}

// GetUserID implements bridgev2.NetworkAPIWithUserID.
func (c *Client) GetUserID() networkid.UserID { return slackid.MakeUserID(c.team, c.bot) }

// IsThisUser implements bridgev2.NetworkAPI. It is always false: the app's bot speaks for
// everyone in Matrix and is not the account of the login's owner.
func (c *Client) IsThisUser(context.Context, networkid.UserID) bool { return false }
