package connector

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

// putResync puts the row that makes a conversation's room or brings it up to date,
// and returns a channel that gets the outcome of its first try.
func (c *Client) putResync(ctx context.Context, conversation slackevent.Conversation) (<-chan error, error) {
	c.places.put(conversation)
	key := "resync " + conversation.ID + " " + strconv.FormatInt(time.Now().UnixNano(), 36)
	tried := c.resyncs.await(key)
	_, err := c.connector.inbox.Put(ctx, inbox.Row{
		Source: Source(c.login.ID), Lane: c.lane(conversation.ID), Key: key, Kind: kindResync, Payload: []byte(conversation.ID),
	})
	if err != nil {
		c.resyncs.tried(key, err)
		return nil, fmt.Errorf("store that the room of %s is to be made: %w", conversation.ID, err)
	}
	return tried, nil
}

// makeRoom makes a conversation's room, in the lane of the conversation, and waits
// until that was tried once.
func (c *Client) makeRoom(ctx context.Context, conversation slackevent.Conversation) error {
	tried, err := c.putResync(ctx, conversation)
	if err != nil {
		return err
	}
	select {
	case err := <-tried:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// handleResync handles a row of kind resync.
func (c *Client) handleResync(ctx context.Context, row *inbox.Attempt) (err error) {
	defer func() { c.resyncs.tried(row.Key, err) }()
	conversation, err := c.places.get(ctx, string(row.Payload))
	if err != nil {
		return err
	}
	last := c.connector.inbox.Last(row.Source, row.Lane)
	if err := c.resync(ctx, row, conversation); err != nil {
		return err
	}
	keys, err := c.connector.inbox.Supersede(ctx, row, last, func(inbox.Row) bool { return true })
	for _, key := range keys {
		c.resyncs.tried(key, nil)
	}
	return err
}
