package slackapi

import (
	"context"
	"net/url"

	"ops-jrz1/bridge/internal/slackevent"
)

// Rename gives a channel another name, and returns the channel with the name that Slack made
// of it (Slack docs: conversations.rename).
func (c *Client) Rename(ctx context.Context, channel, name string) (*slackevent.Conversation, error) {
	form := url.Values{"channel": {channel}, "name": {name}}
	return c.conversation(ctx, request{method: "conversations.rename", form: form})
}

// SetTopic says what a channel is about (Slack docs: conversations.setTopic).
func (c *Client) SetTopic(ctx context.Context, channel, topic string) error {
	_, err := c.call(ctx, request{method: "conversations.setTopic", form: url.Values{"channel": {channel}, "topic": {topic}}})
	return err
}

// SetPurpose says what a channel is for (Slack docs: conversations.setPurpose).
func (c *Client) SetPurpose(ctx context.Context, channel, purpose string) error {
	_, err := c.call(ctx, request{method: "conversations.setPurpose", form: url.Values{"channel": {channel}, "purpose": {purpose}}})
	return err
}
