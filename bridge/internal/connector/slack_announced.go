package connector

import (
	"context"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// Slack tells of channels and direct conversations before anything is said in them. They are
// noted: the alias of a new channel is known, and a first message finds its conversation
// without a call.

// handleChannelCreated handles channel_created.
func (c *Client) handleChannelCreated(_ context.Context, _ *inbox.Attempt, event *slackevent.ChannelCreated) error {
	c.conversations.announce(event.Channel)
	return nil
}

// handleIMCreated handles im_created.
func (c *Client) handleIMCreated(_ context.Context, _ *inbox.Attempt, event *slackevent.IMCreated) error {
	conversation := event.Channel
	conversation.IsIM, conversation.User = true, event.User
	c.conversations.announce(conversation)
	return nil
}

// announce notes a new conversation, unless more is known of it already.
func (p *conversations) announce(conversation slackevent.Conversation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, known := p.known[conversation.ID]; !known {
		p.known[conversation.ID] = conversation
	}
}
