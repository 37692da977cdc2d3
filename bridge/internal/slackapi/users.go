package slackapi

import (
	"context"
	"iter"
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

// Users yields everybody in the workspace, deleted people included, page by page
// (Slack docs: users.list). After an error nothing more comes.
func (c *Client) Users(ctx context.Context) iter.Seq2[[]slackevent.User, error] {
	return func(yield func([]slackevent.User, error) bool) {
		for p, err := range c.pages(ctx, request{method: "users.list"}) {
			if err != nil {
				yield(nil, err)
				return
			}
			if !yield(elements[slackevent.User](c, "users.list", p, "members"), nil) {
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
