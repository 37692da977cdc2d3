package slackapi

import (
	"maps"
	"sync"

	"ops-jrz1/bridge/internal/secret"
)

// tokens are those with which a client calls.
type tokens struct {
	mu   sync.Mutex
	kept map[tokenKind]secret.String
}

func (t *tokens) of(kind tokenKind) secret.String {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept[kind]
}

func (t *tokens) set(some map[tokenKind]secret.String) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = map[tokenKind]secret.String{}
	}
	maps.Copy(t.kept, some)
}

// Uses says whether the client calls with these tokens.
func (c *Client) Uses(bot, app secret.String) bool {
	return c.tokens.of(botToken).Reveal() == bot.Reveal() && c.tokens.of(appToken).Reveal() == app.Reveal()
}

// Replace has the client call with other tokens of the same app from now on. What the earlier ones
// might do is forgotten.
func (c *Client) Replace(bot, app secret.String) {
	if c.Uses(bot, app) {
		return
	}
	c.tokens.set(map[tokenKind]secret.String{botToken: bot, appToken: app})
	c.botScopes.Store(nil)
	c.appScopes.Store(nil)
}
