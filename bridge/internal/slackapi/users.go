package slackapi

import (
	"context"
	"iter"
	"net/url"
	"strconv"

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

// UserByEmail returns the person with an email address (Slack docs: users.lookupByEmail).
// An unknown address is an error of kind Permanent with the code users_not_found.
func (c *Client) UserByEmail(ctx context.Context, email string) (*slackevent.User, error) {
	var a struct {
		User slackevent.User `json:"user" shape:"strict"`
	}
	r := request{method: "users.lookupByEmail", form: url.Values{"email": {email}}}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.User, a.User.ID, err)
}

// Users yields everyone in the workspace, also bots and who was deactivated, page by page
// (Slack docs: users.list). After an error nothing more comes.
func (c *Client) Users(ctx context.Context) iter.Seq2[[]slackevent.User, error] {
	r := request{method: "users.list", form: url.Values{"limit": {strconv.Itoa(longPage)}}}
	return func(yield func([]slackevent.User, error) bool) {
		for p, err := range c.pages(ctx, r) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(elements[slackevent.User](c, r.method, p, "members"), nil) {
				return
			}
		}
	}
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
