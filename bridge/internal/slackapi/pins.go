package slackapi

import (
	"context"
	"net/url"

	"ops-jrz1/bridge/internal/slackevent"
)

// Pins returns the ts of the messages that are pinned in a channel (Slack docs: pins.list).
func (c *Client) Pins(ctx context.Context, channel string) ([]string, error) {
	var a struct {
		Items []slackevent.PinItem `json:"items"`
	}
	if err := c.callInto(ctx, request{method: "pins.list", form: url.Values{"channel": {channel}}}, &a); err != nil {
		return nil, err
	}
	var pinned []string
	for _, item := range a.Items {
		if item.Type == slackevent.ItemMessage && item.Message != nil {
			pinned = append(pinned, item.Message.TS)
		}
	}
	return pinned, nil
}

// Pin pins a message in its channel; it may be pinned already (Slack docs: pins.add).
func (c *Client) Pin(ctx context.Context, channel, ts string) error {
	return unless(c.pin(ctx, "pins.add", channel, ts), "already_pinned")
}

// Unpin takes a pin away. One that is not there, or whose message is gone, counts as taken
// away (Slack docs: pins.remove).
func (c *Client) Unpin(ctx context.Context, channel, ts string) error {
	return unless(c.pin(ctx, "pins.remove", channel, ts), "no_pin", "not_pinned", "message_not_found")
}

func (c *Client) pin(ctx context.Context, method, channel, ts string) error {
	_, err := c.call(ctx, request{method: method, form: url.Values{"channel": {channel}, "timestamp": {ts}}})
	return err
}
