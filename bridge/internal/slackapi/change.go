package slackapi

import (
	"context"
	"encoding/json"
	"fmt"
	"net/url"

	"github.com/slack-go/slack"
)

// UpdateRequest is the new content of a message the bot posted. Its name, avatar
// and metadata stay.
type UpdateRequest struct {
	Channel, TS string
	// Text of at most 4,000 characters. Without Blocks the old blocks go.
	Text   string
	Blocks []slack.Block
	// FileIDs, if not nil, are the files that the message shows from now on: uploads of the
	// bot's that are completed, or have their content.
	FileIDs []string
	// Broadcast shows an answer that is only in its thread in the channel too.
	Broadcast bool
}

// Update edits a message (Slack docs: chat.update). Repeating it does no harm.
func (c *Client) Update(ctx context.Context, r UpdateRequest) error {
	form, err := messageForm("chat.update", r.Channel, r.Text, r.Blocks)
	if err != nil {
		return err
	}
	form.Set("ts", r.TS)
	if r.FileIDs != nil {
		ids, err := json.Marshal(r.FileIDs)
		if err != nil {
			return fmt.Errorf("slack chat.update: encode the files: %w", err)
		}
		form.Set("file_ids", string(ids))
	}
	if r.Broadcast {
		form.Set("reply_broadcast", "true")
	}
	_, err = c.call(ctx, request{method: "chat.update", channel: r.Channel, form: form})
	return err
}

// Delete removes a message the bot posted (Slack docs: chat.delete). One that is
// not there any more counts as removed.
func (c *Client) Delete(ctx context.Context, channel, ts string) error {
	form := url.Values{"channel": {channel}, "ts": {ts}}
	_, err := c.call(ctx, request{method: "chat.delete", channel: channel, form: form})
	return unless(err, "message_not_found")
}

// AddReaction adds the bot's reaction; name has no colons, and may end in
// ::skin-tone-2 to 6 (Slack docs: reactions.add). A reaction that is there
// already counts as added: all people of Matrix react as the one bot.
func (c *Client) AddReaction(ctx context.Context, channel, ts, name string) error {
	return unless(c.react(ctx, "reactions.add", channel, ts, name), "already_reacted")
}

// RemoveReaction takes the bot's reaction back (Slack docs: reactions.remove).
// One that is not there, or whose message is gone, counts as removed.
func (c *Client) RemoveReaction(ctx context.Context, channel, ts, name string) error {
	return unless(c.react(ctx, "reactions.remove", channel, ts, name), "no_reaction", "message_not_found")
}

func (c *Client) react(ctx context.Context, method, channel, ts, name string) error {
	form := url.Values{"channel": {channel}, "timestamp": {ts}, "name": {name}}
	_, err := c.call(ctx, request{method: method, channel: channel, form: form})
	return err
}

// unless is err, or nil where Slack's code says that what was wanted is so.
func unless(err error, codes ...string) error {
	if HasCode(err, codes...) {
		return nil
	}
	return err
}
