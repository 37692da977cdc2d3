package slackapi

import (
	"context"
	"net/url"

	"ops-jrz1/bridge/internal/slackevent"
)

// User returns a person or a bot's user (Slack docs: users.info). An unknown id
// is an error of kind Permanent with the code user_not_found.
func (c *Client) User(ctx context.Context, id string) (*slackevent.User, error) {
	var a struct {
		User slackevent.User `json:"user" shape:"strict"`
	}
	r := request{method: "users.info", form: url.Values{"user": {id}}}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.User, a.User.ID, err)
}

// Bot returns a bot by its bot id, B… (Slack docs: bots.info).
func (c *Client) Bot(ctx context.Context, id string) (*slackevent.Bot, error) {
	var a struct {
		Bot slackevent.Bot `json:"bot" shape:"strict"`
	}
	r := request{method: "bots.info", form: url.Values{"bot": {id}}}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.Bot, a.Bot.ID, err)
}

// UserGroups returns the workspace's user groups that are in use, with their members
// (Slack docs: usergroups.list).
func (c *Client) UserGroups(ctx context.Context) ([]slackevent.Subteam, error) {
	r := request{method: "usergroups.list", form: url.Values{"include_users": {"true"}}}
	p, err := c.page(ctx, r)
	if err != nil {
		return nil, err
	}
	return elements[slackevent.Subteam](c, r.method, p, "usergroups"), nil
}
