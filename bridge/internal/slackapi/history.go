package slackapi

import (
	"context"
	"net/url"
	"strconv"

	"ops-jrz1/bridge/internal/slackevent"
)

// HistoryRequest says which messages are wanted.
type HistoryRequest struct {
	Channel string
	// ThreadTS is the root of the thread, for Replies.
	ThreadTS string
	// Oldest and Latest are ts that bound the span, neither included unless
	// Inclusive is set; "" means no bound.
	Oldest, Latest string
	Inclusive      bool
	// Cursor is a page's Next, "" for the first page.
	Cursor string
	// Limit is how many messages at most; 0 means 200. Slack takes 999.
	Limit int
}

// HistoryPage is one page of messages. It may be empty although there is a next.
type HistoryPage struct {
	// Messages as conversations.history gives them, newest first; as
	// conversations.replies gives them, oldest first, and the root before them.
	Messages []*slackevent.Message
	// Next is the cursor of the page after this, "" at the end.
	Next string
	// Limited says that older messages exist and the workspace's plan hides them.
	Limited bool
	// Unreadable counts messages of the page that could not be decoded.
	Unreadable int
}

// History returns a page of a channel's messages without the replies of its
// threads (Slack docs: conversations.history). The metadata of all messages comes
// with them.
func (c *Client) History(ctx context.Context, r HistoryRequest) (*HistoryPage, error) {
	return c.historyPage(ctx, "conversations.history", r)
}

// Replies returns a page of a thread (Slack docs: conversations.replies). The
// ts of a message without replies gives that message.
func (c *Client) Replies(ctx context.Context, r HistoryRequest) (*HistoryPage, error) {
	return c.historyPage(ctx, "conversations.replies", r)
}

func (c *Client) historyPage(ctx context.Context, method string, r HistoryRequest) (*HistoryPage, error) {
	form := url.Values{"channel": {r.Channel}, "include_all_metadata": {"true"}}
	set := func(key, value string) {
		if value != "" {
			form.Set(key, value)
		}
	}
	set("ts", r.ThreadTS)
	set("oldest", r.Oldest)
	set("latest", r.Latest)
	set("cursor", r.Cursor)
	if r.Inclusive {
		form.Set("inclusive", "true")
	}
	if r.Limit <= 0 {
		r.Limit = pageSize
	}
	form.Set("limit", strconv.Itoa(r.Limit))
	p, err := c.page(ctx, request{method: method, form: form})
	if err != nil {
		return nil, err
	}
	if p.next != "" && p.next == r.Cursor {
		return nil, circle(method)
	}
	out := &HistoryPage{Next: p.next, Limited: string(p.body["is_limited"]) == "true"}
	for _, raw := range list(c, method, p, "messages") {
		message, err := slackevent.DecodeMessage(raw)
		if err != nil {
			c.unreadable(method, "messages", err)
			out.Unreadable++
			continue
		}
		message.Channel = r.Channel
		out.Messages = append(out.Messages, message)
	}
	return out, nil
}

// Reactions returns all reactions to a message with all the people who hold them:
// history names only some of many (Slack docs: reactions.get, full).
func (c *Client) Reactions(ctx context.Context, channel, ts string) ([]slackevent.ReactionCount, error) {
	var a struct {
		Message *slackevent.Message `json:"message" shape:"strict"`
	}
	form := url.Values{"channel": {channel}, "timestamp": {ts}, "full": {"true"}}
	if err := c.callInto(ctx, request{method: "reactions.get", form: form}, &a); err != nil {
		return nil, err
	}
	if a.Message == nil {
		return nil, nil
	}
	return a.Message.Reactions, nil
}

// Permalink returns the address under which people see a message in Slack (Slack
// docs: chat.getPermalink).
func (c *Client) Permalink(ctx context.Context, channel, ts string) (string, error) {
	var a struct {
		Permalink string `json:"permalink" shape:"strict"`
	}
	form := url.Values{"channel": {channel}, "message_ts": {ts}}
	if err := c.callInto(ctx, request{method: "chat.getPermalink", form: form}, &a); err != nil {
		return "", err
	}
	return a.Permalink, nil
}
