// Package slackapi is the bridge's client of Slack's Web API. It owns everything
// between "call this method" and its outcome: rate limits and who goes first,
// retries where they cannot double, what an error means and how it is cured, the
// scopes that Slack reports. Start with [New]; every call takes a context and
// returns either what Slack said or an [*Error].
//
// The package writes its requests itself and takes only the Block Kit types from
// slack-go: that library refuses whole answers for shapes that Slack does send
// (numbers as strings, lists for objects), drops app_id and scope headers, and
// follows redirects with the token. It must not know Matrix, nor decide what is
// bridged.
package slackapi

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/slackapi/limit"
)

// DefaultURL is where Slack's Web API is (Slack docs: Using the Slack Web API).
const DefaultURL = "https://slack.com/api/"

// defaultTimeout bounds one attempt. Slack gives no bound of its own; its longest
// answers, pages of history, come within a few seconds.
const defaultTimeout = 30 * time.Second

// Config is what a client needs; only the tokens have no usable default.
type Config struct {
	// APIURL is the folder of the methods. Default [DefaultURL].
	APIURL string
	// BotToken (xoxb) is used for every call but OpenSocket.
	BotToken secret.String
	// AppToken (xapp) is used for OpenSocket.
	AppToken secret.String
	// ConfigurationToken (xoxe.xoxp) is used for the manifests of apps.
	ConfigurationToken secret.String
	// HTTPClient is copied, and follows no redirects whatever it says. Default: a
	// client that takes its proxy from the environment.
	HTTPClient *http.Client
	// Timeout bounds one attempt of a call. Default 30 s. Not scaled.
	Timeout time.Duration
	// Scale multiplies the intervals of limits and all waits: 0 and 1 mean as
	// Slack wants it, 0.01 a hundred times faster, for tests.
	Scale float64
	// Log says what is repeated and why. Default: nothing.
	Log *zap.Logger
	// Metrics counts. Default: nothing.
	Metrics Metrics
	// OnRefused is called whenever Slack refuses the bot token itself (an error of
	// kind Credentials), by the caller's goroutine; it must return at once. It may
	// be nil.
	OnRefused func()
}

// Client calls the Web API of one workspace as one app. It may be used by any
// number of goroutines.
type Client struct {
	base    *url.URL
	baseErr error
	tokens  tokens
	http    *http.Client
	timeout time.Duration
	scale   float64
	log     *zap.Logger
	metrics Metrics
	refused func()
	limits  *limit.Limiter

	botScopes atomic.Pointer[[]string]
	appScopes atomic.Pointer[[]string]
	clock     clock
	doubts    doubts
}

// New returns a client. It makes no call; a bad URL is the error of every call.
func New(cfg Config) *Client {
	c := &Client{
		timeout: cfg.Timeout, scale: cfg.Scale, log: cfg.Log, metrics: cfg.Metrics, refused: cfg.OnRefused,
	}
	c.tokens.set(map[tokenKind]secret.String{botToken: cfg.BotToken, appToken: cfg.AppToken, configurationToken: cfg.ConfigurationToken})
	if cfg.APIURL == "" {
		cfg.APIURL = DefaultURL
	}
	c.base, c.baseErr = parseBase(cfg.APIURL)
	if c.timeout <= 0 {
		c.timeout = defaultTimeout
	}
	if c.scale <= 0 {
		c.scale = 1
	}
	if c.log == nil {
		c.log = zap.NewNop()
	}
	if c.metrics == nil {
		c.metrics = noMetrics{}
	}
	if c.refused == nil {
		c.refused = func() {}
	}
	c.http = httpClient(cfg.HTTPClient)
	c.limits = limit.New(c.scale, gates)
	return c
}

// Ready blocks until a call of method in channel ("" where it does not matter)
// would go out at once, and keeps that place for it for half a minute. Feeders
// call it before they take a lock, so that no lock is held during a wait. Under
// [WaitAtMost] it returns an error of kind [RateLimited] instead of waiting longer.
func (c *Client) Ready(ctx context.Context, method, channel string) error {
	err := c.limits.Ready(ctx, method, channel, options(ctx))
	var busy *limit.Busy
	if errors.As(err, &busy) {
		return tooBusy(method, busy, botToken)
	}
	return err
}

// Scopes returns what the bot token may do, as the newest answer's
// X-OAuth-Scopes header said; nil before the first answer.
func (c *Client) Scopes() []string { return load(&c.botScopes) }

// Introduce tells the client what another client of the same token learned, so that
// it need not ask again.
func (c *Client) Introduce(who *Identity) {
	if who.Scopes != nil {
		c.botScopes.CompareAndSwap(nil, &who.Scopes)
	}
}

// AppScopes is Scopes for the app-level token.
func (c *Client) AppScopes() []string { return load(&c.appScopes) }

func load(p *atomic.Pointer[[]string]) []string {
	if scopes := p.Load(); scopes != nil {
		return *scopes
	}
	return nil
}

// AppIDOf returns the id of the app that an app-level token belongs to: the
// token's third part (xapp-1-A…-…). ok is false for anything of another form.
func AppIDOf(token secret.String) (id string, ok bool) {
	parts := strings.Split(token.Reveal(), "-")
	if len(parts) < 4 || parts[0] != "xapp" || !strings.HasPrefix(parts[2], "A") {
		return "", false
	}
	return parts[2], true
}

// scaled is how long a wait of d is on this client's clock.
func (c *Client) scaled(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.scale)
}
