package connector

import (
	"maps"
	"slices"
	"sync"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackevent"
)

// clients are the logins' clients. A workspace may have several: each receives what the
// others post for people in Matrix.
type clients struct {
	mu      sync.Mutex
	clients map[networkid.UserLoginID]*Client
}

func newClients() *clients { return &clients{clients: map[networkid.UserLoginID]*Client{}} }

// put makes client that of its login.
func (a *clients) put(client *Client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.clients[client.login.ID] = client
}

// drop forgets the client of a login that is gone, unless it has another.
func (a *clients) drop(client *Client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.clients[client.login.ID] == client {
		delete(a.clients, client.login.ID)
	}
}

// of returns the client of a login, or nil.
func (a *clients) of(login networkid.UserLoginID) *Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.clients[login]
}

// any says whether one of a workspace's apps meets a condition. A person's own login, which a
// takeover leaves, is none: what they say is theirs.
func (a *clients) any(team string, such func(*Client) bool) bool {
	a.mu.Lock()
	var here []*Client
	for _, client := range a.clients {
		if client.team == team && client.ofApp {
			here = append(here, client)
		}
	}
	a.mu.Unlock()
	return slices.ContainsFunc(here, such)
}

// ownPost says whether the bridge itself posted a message for a person in Matrix: it
// comes from one of its apps and carries our metadata's type (its content is stripped
// from events; Slack docs: message metadata), or shows a file that the bridge uploaded, also if
// that was noted in a database that is there no more.
func (c *Client) ownPost(message *slackevent.Message) bool {
	marked := message.Metadata != nil && message.Metadata.EventType == metadataType
	return (marked || c.connector.uploads.show(message) || c.connector.mayBeForgotten(message)) &&
		c.connector.clients.any(c.team, func(app *Client) bool { return app.posted(message) })
}

// posted says whether a message was posted with this app's bot token.
func (c *Client) posted(message *slackevent.Message) bool {
	if message.User == c.bot {
		return true
	}
	who := c.who()
	return who != nil && (message.BotID != "" && message.BotID == who.BotID || message.AppID != "" && message.AppID == who.AppID)
}

// isApp says whether a user of Slack is the bot of one of the bridge's apps: what it does,
// a person in Matrix did.
func (c *Client) isApp(user string) bool {
	return c.connector.clients.any(c.team, func(app *Client) bool { return app.bot == user })
}

// all returns every client.
func (a *clients) all() []*Client {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Collect(maps.Values(a.clients))
}
