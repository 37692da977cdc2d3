package connector

import (
	"context"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// listing is Slack's list of the conversations that the bot is in. Bringing rooms up to
// date and catching up both need it at a start, and Slack is asked once.
type listing struct {
	mu    sync.Mutex // held while Slack is asked, so that others wait for the answer
	begun time.Time
	all   []slackevent.Conversation
}

// listingPatience is how long a session that begins waits until it is known what was
// missed before it asks for the list.
const listingPatience = 3 * time.Second

// listed returns the list as it was at a time or later.
func (c *Client) listed(ctx context.Context, since time.Time) ([]slackevent.Conversation, error) {
	c.listing.mu.Lock()
	defer c.listing.mu.Unlock()
	if !c.listing.begun.IsZero() && !c.listing.begun.Before(since) {
		return c.listing.all, nil
	}
	begun := time.Now()
	all, err := c.api.Conversations(ctx)
	if err != nil {
		return nil, err
	}
	c.listing.begun, c.listing.all = begun, all
	return all, nil
}

// knowListed gets to know a conversation without a room from the list, which is asked for once:
// a row of an earlier process may be handled before the list is there.
func (c *Client) knowListed(ctx context.Context, channel string) error {
	if portal, err := c.portalOf(ctx, channel); err != nil || portal != nil {
		return err
	}
	return c.knowFromList(ctx, channel)
}

// knowFromList gets to know a conversation from the list, if it is not known.
func (c *Client) knowFromList(ctx context.Context, channel string) error {
	if _, known := c.conversations.cached(channel); known {
		return nil
	}
	all, err := c.listed(slackapi.Background(ctx), time.Time{})
	for _, conversation := range all {
		c.conversations.announce(conversation)
	}
	return err
}

// awaitGap waits until it is known what was missed before the session, for a while: what
// is listed then serves the catch-up as well.
func (s *session) awaitGap(ctx context.Context) {
	select {
	case <-s.gapKnown:
	case <-time.After(s.client.connector.scaled(listingPatience)):
	case <-ctx.Done():
	}
}
