package slackapi

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackevent"
)

// clockMargin is how much older than "since" a message may seem: what is left
// after our clock was compared with the Date header of Slack's answers.
const clockMargin = 2 * time.Minute

// saidMargin is how far the clock of a homeserver may be ahead: one that takes its local time for
// UTC is hours ahead.
const saidMargin = 24 * time.Hour

// maxSearchPages bounds a search; it is 10,000 messages since the post.
const maxSearchPages = 50

// FindPosted looks in the channel of a post, or in its thread, for what was posted for its EventID
// and Piece since its time Since.
func (c *Client) FindPosted(ctx context.Context, p PostRequest) (found PostResult, err error) {
	r := HistoryRequest{Channel: p.Channel, ThreadTS: p.ThreadTS, Oldest: cmp.Or(c.oldest(p.Since), c.oldestSaid(p.Said))}
	if p.ThreadTS != "" {
		found.TS, found.Found, err = c.search(ctx, c.Replies, r, p.EventID, p.Piece)
		if !HasCode(err, "thread_not_found") {
			return found, err
		}
		r.ThreadTS = "" // see PostResult.InChannel
	}
	found.TS, found.Found, err = c.search(ctx, c.History, r, p.EventID, p.Piece)
	found.InChannel = p.ThreadTS != "" && found.Found
	return found, err
}

// onSlacksClock translates a time that this machine's clock showed once, now being what it
// shows. The zero time means that this cannot be said: the clock was ahead then.
func (c *Client) onSlacksClock(once, now time.Time) time.Time {
	slack := c.Time()
	if once.IsZero() || slack.IsZero() || once.After(now) {
		return time.Time{}
	}
	return slack.Add(once.Sub(now))
}

// PostedSince returns the messages of a channel, or of the thread where threadTS is given,
// that were posted since then and for which is holds, the oldest first. Of a thread whose first
// message is gone it returns those in the channel, see [PostResult.InChannel].
func (c *Client) PostedSince(ctx context.Context, channel, threadTS string, since time.Time, is func(*slackevent.Message) bool) (found []*slackevent.Message, err error) {
	r := HistoryRequest{Channel: channel, ThreadTS: threadTS, Oldest: c.oldest(since)}
	read := c.History
	if threadTS != "" {
		read = c.Replies
	}
	err = c.visit(ctx, read, r, "look for what was posted", func(m *slackevent.Message) (enough bool) {
		if is(m) {
			found = append(found, m)
		}
		return false
	})
	if threadTS != "" && HasCode(err, "thread_not_found") {
		return c.PostedSince(ctx, channel, "", since, is)
	}
	slices.SortFunc(found, func(a, b *slackevent.Message) int { return strings.Compare(a.TS, b.TS) }) // a ts has a fixed form
	return found, err
}

// oldest is the ts from which on something may be that was posted since then, "" if that
// cannot be said.
func (c *Client) oldest(since time.Time) string {
	oldest := c.onSlacksClock(since, failpoint.Now())
	if oldest.IsZero() {
		return ""
	}
	return slackTS(oldest.Add(-clockMargin))
}

// oldestSaid is the ts from which on something may be that a person's homeserver says was said then,
// "" if that cannot be: what is posted cannot be later than Slack's own time.
func (c *Client) oldestSaid(said time.Time) string {
	oldest := said.Add(-saidMargin)
	if said.After(c.Time()) || oldest.Unix() <= 0 {
		return ""
	}
	return slackTS(oldest)
}

// search reads pages until the post is found or there are no more.
func (c *Client) search(ctx context.Context, read func(context.Context, HistoryRequest) (*HistoryPage, error), r HistoryRequest, eventID string, piece int) (ts string, found bool, err error) {
	err = c.visit(ctx, read, r, "look for the post of "+eventID, func(m *slackevent.Message) (enough bool) {
		if found = isPost(m, eventID, piece); found {
			ts = m.TS
		}
		return found
	})
	return ts, found, err
}

// visit shows the messages of one page after the other until visitor has seen enough or there
// are no more.
func (c *Client) visit(ctx context.Context, read func(context.Context, HistoryRequest) (*HistoryPage, error), r HistoryRequest, what string, visitor func(*slackevent.Message) (enough bool)) error {
	for range maxSearchPages {
		page, err := read(ctx, r)
		if err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
		if slices.ContainsFunc(page.Messages, visitor) {
			return nil
		}
		if page.Next == "" {
			return nil
		}
		r.Cursor = page.Next
	}
	return &Error{Method: "conversations.history", kind: Permanent, what: fmt.Sprintf("%s: it was not among the newest %d messages", what, maxSearchPages*pageSize)}
}

// isPost says whether a message is the bridge's post of an event's piece.
func isPost(m *slackevent.Message, eventID string, piece int) bool {
	if m.Metadata == nil || m.Metadata.EventType != MetadataType {
		return false
	}
	var id string
	var n int
	if json.Unmarshal(m.Metadata.EventPayload["event_id"], &id) != nil || json.Unmarshal(m.Metadata.EventPayload["piece"], &n) != nil {
		return false
	}
	return id == eventID && n == piece
}

// slackTS writes a time as Slack does.
func slackTS(t time.Time) string {
	return strconv.FormatInt(t.Unix(), 10) + fmt.Sprintf(".%06d", t.Nanosecond()/1000)
}
