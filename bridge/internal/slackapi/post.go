package slackapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/slack-go/slack"
	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/slackevent"
)

const methodPost = "chat.postMessage"

// MetadataType is the event_type of the message metadata on the bridge's posts.
// Its payload holds event_id, the Matrix event's id, and piece, the number of the
// piece of that event, from 0. Every app of the workspace can read it.
const MetadataType = "matrix_event"

// PostRequest is a message to be posted.
type PostRequest struct {
	Channel string
	// ThreadTS is the root of the thread to answer in, "" for the channel itself.
	ThreadTS string
	// Broadcast shows an answer in the channel too.
	Broadcast bool
	// Text in mrkdwn; what notifications show if there are Blocks. Slack cuts it
	// after 40,000 characters and allows 4,000 in an edit.
	Text   string
	Blocks []slack.Block
	// Username, IconURL and IconEmoji (":name:", wins over IconURL) replace the
	// bot's own; they need the scope chat:write.customize. Slack must be able to
	// fetch IconURL.
	Username, IconURL, IconEmoji string
	// EventID and Piece name what is posted, see [MetadataType]. Without an
	// EventID a post of unknown outcome cannot be looked for.
	EventID string
	Piece   int
	// Since is when an earlier process may first have posted this, such as the
	// time of a row that is handled again after a crash. It is looked for from
	// then on before anything is posted. The zero time means: not yet tried.
	Since time.Time
	// Said is when it was said, by the clock of the sender's homeserver; the zero time if that is
	// not known. It bounds the search where this machine's clock is of no use.
	Said time.Time
}

// PostResult is a message that is in Slack.
type PostResult struct {
	// TS is the message's id in its channel.
	TS string
	// Found says that it had been posted already.
	Found bool
	// InChannel says that it is an answer in no thread: Slack posts an answer to a message
	// that is gone into the channel and calls that a success (slack-go/slack#1571,
	// slackapi/python-slack-events-api#87).
	InChannel bool
}

// How often and after which waits a post of unknown outcome is looked for: a
// call whose answer was lost may still be running.
const (
	maxPosts   = 2
	firstLook  = time.Second
	secondLook = 3 * time.Second
)

// Post posts a message once. After an attempt of unknown outcome (cut, timeout,
// 5xx) the message is looked for by its metadata, and posted again only if it is
// not there, once. An error for which [MayHaveHappened] holds leaves the outcome
// open: the next Post of the same EventID and Piece looks first.
// Slack docs: chat.postMessage, Message metadata.
func (c *Client) Post(ctx context.Context, r PostRequest) (PostResult, error) {
	if r.EventID == "" {
		return c.post(ctx, r)
	}
	key := doubt{r.Channel, r.EventID, r.Piece}
	since := c.doubts.since(key, r.Since)
	if !since.IsZero() {
		if result, err := c.settle(ctx, r, key, since, 0); err != nil || result.Found {
			return result, err
		}
	}
	for attempt := 1; ; attempt++ {
		if since.IsZero() {
			since = time.Now()
		}
		posted, err := c.post(ctx, r)
		if !MayHaveHappened(err) {
			c.doubts.forget(key)
			return posted, err
		}
		c.doubts.add(key, since)
		if ctx.Err() != nil {
			return PostResult{}, err
		}
		c.log.Warn("Looking for a message whose post had no answer", zap.String("channel", r.Channel), zap.String("event_id", r.EventID), zap.Error(err))
		result, lookErr := c.settle(ctx, r, key, since, firstLook, secondLook)
		if lookErr != nil || result.Found {
			return result, lookErr
		}
		if attempt == maxPosts {
			return PostResult{}, err
		}
		c.metrics.Repeated(methodPost)
	}
}

// settle looks for a post after each of the waits. If it cannot look, the
// outcome stays unknown and the error says so.
func (c *Client) settle(ctx context.Context, r PostRequest, key doubt, since time.Time, waits ...time.Duration) (PostResult, error) {
	for _, pause := range waits {
		err := wait(ctx, c.scaled(pause))
		var found PostResult
		if err == nil {
			r.Since = since
			found, err = c.FindPosted(ctx, r)
		}
		if err != nil {
			c.doubts.add(key, since)
			return PostResult{}, &Error{
				Method: methodPost, kind: kindOr(err, Temporary), outcome: unknown, After: after(err),
				cause: fmt.Errorf("the message may have been posted, and it cannot be looked for: %w", err),
			}
		}
		if found.Found {
			c.doubts.forget(key)
			return found, nil
		}
	}
	return PostResult{}, nil
}

func kindOr(err error, otherwise Kind) Kind {
	if kind := KindOf(err); kind != 0 {
		return kind
	}
	return otherwise
}

func after(err error) time.Duration {
	d, _ := RetryAfter(err)
	return d
}

// post makes the call once, or again if it surely did not happen.
func (c *Client) post(ctx context.Context, r PostRequest) (PostResult, error) {
	form, err := r.form()
	if err != nil {
		return PostResult{}, err
	}
	var a struct {
		TS      string              `json:"ts" shape:"strict"`
		Message *slackevent.Message `json:"message"`
	}
	req := request{method: methodPost, channel: r.Channel, form: form, effect: twice}
	if err := c.callInto(ctx, req, &a); err != nil {
		return PostResult{}, err
	}
	if a.TS == "" {
		return PostResult{}, &Error{Method: methodPost, kind: Temporary, outcome: unknown, what: "the answer names no message"}
	}
	return PostResult{TS: a.TS, InChannel: r.ThreadTS != "" && a.Message != nil && a.Message.ThreadTS == ""}, nil
}

func (r PostRequest) form() (url.Values, error) {
	form, err := messageForm(methodPost, r.Channel, r.Text, r.Blocks)
	if err != nil {
		return nil, err
	}
	for key, value := range map[string]string{
		"thread_ts": r.ThreadTS, "username": r.Username, "icon_url": r.IconURL, "icon_emoji": r.IconEmoji,
	} {
		if value != "" {
			form.Set(key, value)
		}
	}
	if r.Broadcast && r.ThreadTS != "" {
		form.Set("reply_broadcast", "true")
	}
	if r.EventID != "" {
		metadata, err := json.Marshal(map[string]any{
			"event_type":    MetadataType,
			"event_payload": map[string]any{"event_id": r.EventID, "piece": r.Piece},
		})
		if err != nil {
			return nil, fmt.Errorf("slack %s: encode the metadata: %w", methodPost, err)
		}
		form.Set("metadata", string(metadata))
	}
	return form, nil
}

// messageForm is what posting and editing have in common.
func messageForm(method, channel, text string, blocks []slack.Block) (url.Values, error) {
	form := url.Values{"channel": {channel}, "text": {text}}
	if len(blocks) > 0 {
		encoded, err := json.Marshal(blocks)
		if err != nil {
			return nil, &Error{Method: method, kind: Permanent, cause: fmt.Errorf("encode the blocks: %w", err)}
		}
		form.Set("blocks", string(encoded))
	}
	return form, nil
}
