package slackapi

import (
	"context"
	"net/url"
	"strings"

	"ops-jrz1/bridge/internal/slackevent"
)

// Identity is whom a bot token belongs to.
type Identity struct {
	TeamID   string
	TeamName string
	// TeamDomain is the part of URL before .slack.com, "" for another host.
	TeamDomain string
	// URL of the workspace, such as https://example.slack.com/.
	URL string
	// UserID and BotName are the bot's user, BotID its bot. BotID is "" for a
	// token that is not a bot's.
	UserID, BotID, BotName string
	// AppID is "" only if Slack tells it neither here nor in bots.info.
	AppID        string
	EnterpriseID string
	// Scopes of the token, from the answer's header.
	Scopes []string
}

// AuthTest tells whose bot token this is (Slack docs: auth.test). Where auth.test
// leaves the app's id out, bots.info is asked for it.
func (c *Client) AuthTest(ctx context.Context) (*Identity, error) {
	var a struct {
		URL          string `json:"url"`
		Team         string `json:"team"`
		User         string `json:"user"`
		TeamID       string `json:"team_id" shape:"strict"`
		UserID       string `json:"user_id" shape:"strict"`
		BotID        string `json:"bot_id"`
		AppID        string `json:"app_id"`
		EnterpriseID string `json:"enterprise_id"`
	}
	if err := c.callInto(ctx, request{method: "auth.test"}, &a); err != nil {
		return nil, err
	}
	if a.TeamID == "" || a.UserID == "" {
		// An app-level token is told its app and nothing else.
		return nil, &Error{Method: "auth.test", Code: "not_allowed_token_type", kind: Credentials}
	}
	id := &Identity{
		TeamID: a.TeamID, TeamName: a.Team, URL: a.URL, UserID: a.UserID, BotID: a.BotID, BotName: a.User,
		AppID: a.AppID, EnterpriseID: a.EnterpriseID, Scopes: c.Scopes(),
	}
	if u, err := url.Parse(a.URL); err == nil {
		id.TeamDomain = domainOf(u.Hostname())
	}
	if id.AppID == "" && id.BotID != "" {
		if bot, err := c.Bot(ctx, id.BotID); err == nil {
			id.AppID = bot.AppID
		} else if KindOf(err) != MissingScope {
			return nil, err
		}
	}
	return id, nil
}

// domainOf is the workspace's own part of its host name.
func domainOf(host string) string {
	for _, slack := range []string{".enterprise.slack.com", ".slack.com", ".slack-gov.com"} {
		if domain, found := strings.CutSuffix(host, slack); found {
			return domain
		}
	}
	return ""
}

// OpenSocket asks for a new Socket Mode URL, good for one connection (Slack docs:
// apps.connections.open). It holds a ticket: do not log it. The call is made once;
// when to ask again is for the socket's owner, who keeps the schedule.
func (c *Client) OpenSocket(ctx context.Context) (string, error) {
	var a struct {
		URL string `json:"url" shape:"strict"`
	}
	r := request{method: "apps.connections.open", token: appToken, effect: alone}
	if err := c.callInto(ctx, r, &a); err != nil {
		return "", err
	}
	u, err := url.Parse(a.URL)
	if err != nil || (u.Scheme != "wss" && u.Scheme != "ws") || u.Host == "" {
		return "", &Error{Method: r.method, kind: Temporary, token: appToken, what: "the answer has no WebSocket URL"}
	}
	return a.URL, nil
}

// Team returns the workspace (Slack docs: team.info).
func (c *Client) Team(ctx context.Context) (*slackevent.Team, error) {
	var a struct {
		Team slackevent.Team `json:"team" shape:"strict"`
	}
	r := request{method: "team.info"}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.Team, a.Team.ID, err)
}

// Revoke takes the bot token back: the bot leaves all its channels (Slack docs: auth.revoke).
// The app stays in the workspace.
func (c *Client) Revoke(ctx context.Context) error {
	_, err := c.call(ctx, request{method: "auth.revoke"})
	return err
}
