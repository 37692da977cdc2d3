package slackapi

import (
	"context"
	"net/url"
)

// Invite brings a person into a channel (Slack docs: conversations.invite). One who is
// there already counts as invited.
func (c *Client) Invite(ctx context.Context, channel, user string) error {
	form := url.Values{"channel": {channel}, "users": {user}}
	_, err := c.call(ctx, request{method: "conversations.invite", channel: channel, form: form})
	return unless(err, "already_in_channel")
}

// Kick removes a person from a channel (Slack docs: conversations.kick). One who is not
// there counts as removed.
func (c *Client) Kick(ctx context.Context, channel, user string) error {
	form := url.Values{"channel": {channel}, "user": {user}}
	_, err := c.call(ctx, request{method: "conversations.kick", channel: channel, form: form})
	return unless(err, "not_in_channel")
}
