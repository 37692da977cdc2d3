package slackapi

import (
	"context"
	"net/url"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/slackevent"
)

// Types of conversations, as Slack's lists name them.
const (
	PublicChannel  = "public_channel"
	PrivateChannel = "private_channel"
	MPIM           = "mpim"
	IM             = "im"
)

// readScope is the scope without which asking for a type fails as a whole.
func readScope(kind string) string {
	switch kind {
	case PublicChannel:
		return "channels:read"
	case PrivateChannel:
		return "groups:read"
	default:
		return kind + ":read"
	}
}

// Conversations returns every conversation the bot is in that is not archived
// (Slack docs: users.conversations), of the given types; with none given, of all
// that the token's scopes allow. The order is Slack's own, not by activity.
func (c *Client) Conversations(ctx context.Context, types ...string) ([]slackevent.Conversation, error) {
	if len(types) == 0 {
		types = c.allowedTypes()
	}
	form := url.Values{"types": {strings.Join(types, ",")}, "exclude_archived": {"true"}}
	var out []slackevent.Conversation
	for p, err := range c.pages(ctx, request{method: "users.conversations", form: form}) {
		if err != nil {
			return nil, err
		}
		for _, conversation := range elements[slackevent.Conversation](c, "users.conversations", p, "channels") {
			conversation.IsMember = true // the listing has only such, and does not say so
			out = append(out, conversation)
		}
	}
	return out, nil
}

// allowedTypes are all types but those whose scope is known to be missing.
func (c *Client) allowedTypes() []string {
	all := []string{PublicChannel, PrivateChannel, MPIM, IM}
	granted := c.Scopes()
	if granted == nil {
		return all
	}
	allowed := slices.DeleteFunc(slices.Clone(all), func(kind string) bool { return !slices.Contains(granted, readScope(kind)) })
	if len(allowed) == 0 {
		return all // Slack's own refusal names the scopes
	}
	return allowed
}

// Conversation returns one conversation with its number of members (Slack docs:
// conversations.info).
func (c *Client) Conversation(ctx context.Context, id string) (*slackevent.Conversation, error) {
	form := url.Values{"channel": {id}, "include_num_members": {"true"}}
	return c.conversation(ctx, request{method: "conversations.info", form: form})
}

func (c *Client) conversation(ctx context.Context, r request) (*slackevent.Conversation, error) {
	var a struct {
		Channel slackevent.Conversation `json:"channel" shape:"strict"`
	}
	err := c.callInto(ctx, r, &a)
	return named(r, &a.Channel, a.Channel.ID, err)
}

// Members returns the ids of at most so many people in a conversation, of all for
// 0 (Slack docs: conversations.members). It reads no more pages than that takes.
func (c *Client) Members(ctx context.Context, id string, atMost int) ([]string, error) {
	r := request{method: "conversations.members", form: url.Values{"channel": {id}}}
	var out []string
	for p, err := range c.pages(ctx, r) {
		if err != nil {
			return nil, err
		}
		out = append(out, words(c, r.method, p, "members")...)
		if atMost > 0 && len(out) >= atMost {
			return out[:atMost], nil
		}
	}
	return out, nil
}

// OpenDM returns the direct message with one user, or the group message with
// several, made if there was none (Slack docs: conversations.open).
func (c *Client) OpenDM(ctx context.Context, users ...string) (*slackevent.Conversation, error) {
	form := url.Values{"users": {strings.Join(users, ",")}, "return_im": {"true"}}
	return c.conversation(ctx, request{method: "conversations.open", form: form})
}

// Join makes the bot a member of a public channel; it may be one already (Slack
// docs: conversations.join).
func (c *Client) Join(ctx context.Context, channel string) (*slackevent.Conversation, error) {
	return c.conversation(ctx, request{method: "conversations.join", form: url.Values{"channel": {channel}}})
}
