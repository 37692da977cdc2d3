package torture

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/emulator/control"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/emulator/workspace"
)

// read returns what both sides show, by their public APIs.
func (w *world) read(ctx context.Context) (Seen, error) {
	none := 0.0
	if err := w.slack.Clock(ctx, control.ClockRequest{RateScale: &none}); err != nil {
		return nil, err
	}
	if err := w.slack.SetLatency(ctx, web.Latency{}); err != nil {
		return nil, err
	}
	seen := Seen{Slack: {}, Matrix: {}}
	for _, p := range w.places {
		inSlack, err := w.readChannel(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s in Slack: %w", p.name, err)
		}
		inMatrix, err := w.readRoom(ctx, p)
		if err != nil {
			return nil, fmt.Errorf("%s in Matrix: %w", p.name, err)
		}
		seen[Slack][p.name], seen[Matrix][p.name] = inSlack, inMatrix
	}
	return seen, nil
}

// readChannel reads a conversation with conversations.history and .replies.
func (w *world) readChannel(ctx context.Context, p *place) ([]Post, error) {
	messages, err := w.pages(ctx, "conversations.history", url.Values{"channel": {p.channel}})
	if err != nil {
		return nil, err
	}
	for _, root := range slices.Clone(messages) {
		if root.ReplyCount == 0 {
			continue
		}
		thread, err := w.pages(ctx, "conversations.replies", url.Values{"channel": {p.channel}, "ts": {root.TS}})
		if err != nil {
			return nil, err
		}
		messages = append(messages, thread...)
	}
	return channelPosts(p, messages), nil
}

// channelPosts returns what a channel shows of its messages and threads. A thread
// repeats its root, and a reply may be shown in the channel too.
func channelPosts(p *place, messages []workspace.Message) []Post {
	slices.SortStableFunc(messages, func(a, b workspace.Message) int { return strings.Compare(a.TS, b.TS) })
	messages = slices.CompactFunc(messages, func(a, b workspace.Message) bool { return a.TS == b.TS })
	tags := map[string]string{}
	for _, m := range messages {
		if found := marks(m.Text); len(found) > 0 {
			tags[m.TS] = found[0].tag
		}
	}
	var posts []Post
	for _, m := range messages {
		if post, ok := slackPost(p, m); ok {
			if m.ThreadTS != m.TS {
				post.Root = tags[m.ThreadTS]
			}
			posts = append(posts, post)
		}
	}
	return posts
}

// slackPost makes a Post of what Slack shows, without its thread.
func slackPost(p *place, m workspace.Message) (Post, bool) {
	post, ok := postOf(p, m.Text)
	post.Ref = m.TS
	for name, user := range users {
		if strings.Contains(m.Text, "<@"+user+">") {
			post.Mentions = append(post.Mentions, name)
		}
	}
	for _, r := range m.Reactions {
		for _, user := range r.Users {
			reaction := Reaction{Slack, nameOf(user), r.Name}
			if user == bridgeBot {
				reaction = Reaction{Matrix, "the bridge", r.Name}
			}
			post.Reactions = append(post.Reactions, reaction)
		}
	}
	return post, ok
}

func nameOf(user string) string {
	for name, id := range users {
		if id == user {
			return name
		}
	}
	return user
}

// postOf reads the tags in a text; a text without tags does not belong to the run.
func postOf(p *place, text string) (Post, bool) {
	found := marks(text)
	if len(found) == 0 {
		return Post{}, false
	}
	post := Post{Tag: found[0].tag, Rev: found[0].rev, Place: p.name}
	for _, m := range found {
		post.Rev = min(post.Rev, m.rev)
		if m.word == 0 {
			post.First = true
		} else {
			post.Words = append(post.Words, m.word)
		}
	}
	return post, true
}

// pages calls a method of the Web API until it has no more pages.
func (w *world) pages(ctx context.Context, method string, args url.Values) ([]workspace.Message, error) {
	args.Set("limit", "200")
	var all []workspace.Message
	for {
		var page struct {
			OK       bool                `json:"ok"`
			Error    string              `json:"error"`
			Messages []workspace.Message `json:"messages"`
			Metadata struct {
				Next string `json:"next_cursor"`
			} `json:"response_metadata"`
		}
		if err := w.call(ctx, method, args, &page); err != nil {
			return nil, err
		}
		if !page.OK {
			return nil, fmt.Errorf("%s: %s", method, page.Error)
		}
		all = append(all, page.Messages...)
		if page.Metadata.Next == "" {
			return all, nil
		}
		args.Set("cursor", page.Metadata.Next)
	}
}

// call makes one call with the bridge's own bot token, which is allowed to read all of it.
func (w *world) call(ctx context.Context, method string, args url.Values, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.stack.Emulator.URL+"/api/"+method, strings.NewReader(args.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+w.stack.Emulator.Apps[0].BotToken)
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

// acks returns when the events of new messages were first sent and when they were
// acknowledged, by tag.
func (w *world) acks(ctx context.Context) (map[string]Ack, error) {
	records, err := w.slack.Deliveries(ctx, "message")
	if err != nil {
		return nil, err
	}
	byTS := map[string]Ack{}
	for _, record := range records {
		if record.App != bridgeApp || record.EventTS == "" {
			continue
		}
		key := record.Channel + record.EventTS
		ack := byTS[key]
		for _, attempt := range record.Attempts {
			if ack.Sent.IsZero() || attempt.SentAt.Before(ack.Sent) {
				ack.Sent = attempt.SentAt
			}
			// If an event was delivered several times, the last delivery counts, to be fair.
			if attempt.AckedAt != nil && attempt.AckedAt.After(ack.Acked) {
				ack.Acked = *attempt.AckedAt
			}
		}
		byTS[key] = ack
	}
	tags := map[string]Ack{}
	for _, p := range w.places {
		messages, err := w.slack.Messages(ctx, p.channel)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			if found := marks(m.Text); len(found) > 0 {
				tags[found[0].tag] = byTS[p.channel+m.TS]
			}
		}
	}
	return tags, nil
}
