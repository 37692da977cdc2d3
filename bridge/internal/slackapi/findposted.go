package slackapi

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackevent"
)

// clockMargin is how much older than "since" a message may seem: what is left
// after our clock was compared with the Date header of Slack's answers.
const clockMargin = 2 * time.Minute

// maxSearchPages bounds a search; it is 10,000 messages since the post.
const maxSearchPages = 50

// FindPosted looks in the channel, or in the thread where threadTS is given, for
// the bridge's post of a Matrix event's piece made since then.
func (c *Client) FindPosted(ctx context.Context, channel, threadTS, eventID string, piece int, since time.Time) (found PostResult, err error) {
	r := HistoryRequest{Channel: channel, ThreadTS: threadTS}
	if oldest := c.onSlacksClock(since, failpoint.Now()); !oldest.IsZero() {
		r.Oldest = slackTS(oldest.Add(-clockMargin))
	}
	if threadTS != "" {
		found.TS, found.Found, err = c.search(ctx, c.Replies, r, eventID, piece)
		if !HasCode(err, "thread_not_found") {
			return found, err
		}
		r.ThreadTS = "" // see PostResult.InChannel
	}
	found.TS, found.Found, err = c.search(ctx, c.History, r, eventID, piece)
	found.InChannel = threadTS != "" && found.Found
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

// search reads pages until the post is found or there are no more.
func (c *Client) search(ctx context.Context, read func(context.Context, HistoryRequest) (*HistoryPage, error), r HistoryRequest, eventID string, piece int) (ts string, found bool, err error) {
	for range maxSearchPages {
		page, err := read(ctx, r)
		if err != nil {
			return "", false, fmt.Errorf("look for the post of %s: %w", eventID, err)
		}
		for _, m := range page.Messages {
			if isPost(m, eventID, piece) {
				return m.TS, true, nil
			}
		}
		if page.Next == "" {
			return "", false, nil
		}
		r.Cursor = page.Next
	}
	return "", false, &Error{Method: "conversations.history", kind: Permanent, what: fmt.Sprintf("%s was not among the newest %d messages", eventID, maxSearchPages*pageSize)}
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
