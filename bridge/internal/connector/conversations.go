package connector

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// Values of channel_type in message events (Slack docs: message event).
const (
	channelTypeIM   = "im"
	channelTypeMPIM = "mpim"
)

// conversations knows the conversations of a workspace and which portal each has.
type conversations struct {
	client *Client

	mu    sync.Mutex
	known map[string]slackevent.Conversation
}

func newConversations(client *Client) *conversations {
	return &conversations{client: client, known: map[string]slackevent.Conversation{}}
}

// put notes what is now known about a conversation.
func (p *conversations) put(conversation slackevent.Conversation) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known[conversation.ID] = conversation
}

// forget drops a conversation that is gone.
func (p *conversations) forget(channel string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.known, channel)
}

// change updates a conversation that is already known.
func (p *conversations) change(channel string, update func(*slackevent.Conversation)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if conversation, known := p.known[channel]; known {
		update(&conversation)
		p.known[channel] = conversation
	}
}

// get returns a conversation from memory, or from Slack.
func (p *conversations) get(ctx context.Context, channel string) (slackevent.Conversation, error) {
	if conversation, known := p.cached(channel); known {
		return conversation, nil
	}
	return p.fetch(ctx, channel)
}

// fetch returns a conversation as Slack has it now.
func (p *conversations) fetch(ctx context.Context, channel string) (slackevent.Conversation, error) {
	conversation, err := p.client.api.Conversation(ctx, channel)
	if err != nil {
		return slackevent.Conversation{}, fmt.Errorf("look up conversation %s: %w", channel, err)
	}
	p.put(*conversation)
	return *conversation, nil
}

func (p *conversations) cached(channel string) (slackevent.Conversation, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	conversation, known := p.known[channel]
	return conversation, known
}

// public returns the public channels that are known.
func (p *conversations) public() []slackevent.Conversation {
	p.mu.Lock()
	defer p.mu.Unlock()
	var channels []slackevent.Conversation
	for _, conversation := range p.known {
		if isPublic(conversation) {
			channels = append(channels, conversation)
		}
	}
	return channels
}

// portalKey returns the portal of a conversation. That of a DM or group DM has the
// login as receiver, others have none. channelType is what the event says about the
// conversation, or "".
func (p *conversations) portalKey(ctx context.Context, channel, channelType string) (networkid.PortalKey, error) {
	key := networkid.PortalKey{ID: slackid.MakePortalID(p.client.team, channel)}
	switch {
	case channelType == channelTypeIM, channelType == channelTypeMPIM, strings.HasPrefix(channel, "D"):
		return p.received(key), nil
	case channelType == "channel", channelType == "group":
		return key, nil
	}
	if conversation, known := p.cached(channel); known {
		return p.keyOf(conversation), nil
	}
	for _, key := range []networkid.PortalKey{p.received(key), key} {
		existing, err := p.client.connector.bridge.GetExistingPortalByKey(ctx, key)
		if err != nil {
			return key, fmt.Errorf("look up the portal of %s: %w", channel, err)
		}
		if existing != nil {
			return existing.PortalKey, nil
		}
	}
	conversation, err := p.fetch(ctx, channel)
	return p.keyOf(conversation), err
}

// keyOf returns the portal of a conversation that is known.
func (p *conversations) keyOf(conversation slackevent.Conversation) networkid.PortalKey {
	key := networkid.PortalKey{ID: slackid.MakePortalID(p.client.team, conversation.ID)}
	if conversation.IsIM || conversation.IsMPIM {
		return p.received(key)
	}
	return key
}

func (p *conversations) received(key networkid.PortalKey) networkid.PortalKey {
	key.Receiver = p.client.login.ID
	return key
}

// isPublic says whether everyone in the workspace may join a conversation.
func isPublic(c slackevent.Conversation) bool {
	return !c.IsPrivate && !c.IsIM && !c.IsMPIM && !c.IsGroup
}

// bridged says whether a conversation may have a room.
func (c *Client) bridged(conversation slackevent.Conversation) bool {
	return c.allowed(conversation) && !c.needsYes(conversation)
}

// allowed says whether the configuration lets a conversation have a room.
func (c *Client) allowed(conversation slackevent.Conversation) bool {
	return !conversation.IsArchived &&
		c.connector.options.Network.Channels.Allows(conversation.Name, c.connector.moves.idsOf(c.team, conversation.ID)...)
}
