package connector

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"

	"maunium.net/go/mautrix/bridgev2"
)

// putResync puts the row that makes a conversation's room or brings it up to date,
// and returns a channel that gets the outcome of its first try.
func (c *Client) putResync(ctx context.Context, conversation slackevent.Conversation) (<-chan error, error) {
	c.conversations.put(conversation)
	key := "resync " + conversation.ID + " " + strconv.FormatInt(time.Now().UnixNano(), 36)
	tried := c.resyncs.await(key)
	_, err := c.connector.inbox.Put(ctx, inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane(conversation.ID), Key: key, Kind: kindResync, Payload: []byte(conversation.ID),
	})
	if err != nil {
		c.resyncs.tried(key, err)
		return nil, fmt.Errorf("store that the room of %s is to be made: %w", conversation.ID, err)
	}
	return tried, nil
}

// makeRoom makes a conversation's room, in the lane of the conversation, and waits for
// the first try.
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
	if err := unreadable(ctx, c.knowFromList(ctx, string(row.Payload))); err != nil {
		return err
	}
	conversation, err := c.conversations.get(ctx, string(row.Payload))
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
	if err == nil && c.backfills.isClosedToPeople(conversation.ID) {
		c.resyncs.tried(row.Key, nil)
		return inbox.Later(0, errBackfillFirst)
	}
	return err
}

// resync makes the room of a conversation, or brings an existing one up to date.
type resync struct {
	remoteEvent
	client       *Client
	conversation slackevent.Conversation
	// made is what the room is made from, if it did not exist.
	made *bridgev2.ChatInfo
}

var _ bridgev2.RemoteChatResyncWithInfo = (*resync)(nil)

// GetChatInfo implements bridgev2.RemoteChatResyncWithInfo.
func (r *resync) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (info *bridgev2.ChatInfo, err error) {
	ctx = slackapi.WaitAtMost(ctx, lockPatience)
	switch {
	case portal.MXID == "" && r.made != nil:
		return r.made, nil
	case portal.MXID == "":
		info, err = r.client.newRoomInfo(ctx, r.conversation)
	case r.conversation.IsMPIM:
		return nil, nil // its name is its members', who never change
	default:
		r.client.connector.beginToFollow(portal)
		info, err = r.client.roomInfo(ctx, r.conversation, nil, portal.Metadata.(*PortalMetadata).TopicOf)
		info = r.client.connector.asPlumbed(portal, info)
	}
	if err != nil {
		r.err = err
	}
	return info, err
}

// resync makes the room of a conversation, or brings it up to date, in its portal. It asks
// Slack for what a room is made from before the portal is locked.
func (c *Client) resync(ctx context.Context, row *inbox.Attempt, conversation slackevent.Conversation) error {
	c.conversations.put(conversation)
	key := c.conversations.keyOf(conversation)
	event := &resync{
		remoteEvent:  remoteEvent{kind: bridgev2.RemoteEventChatResync, portal: key, create: true, after: c.roomExtras},
		client:       c,
		conversation: conversation,
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
	}
	if c.connector.roomOf(portal) == "" {
		if c.waitsForRoom(conversation) {
			return nil
		}
		if event.made, err = c.newRoomInfo(ctx, conversation); err != nil {
			return err
		}
	}
	return c.submit(ctx, row, event)
}

// resyncs are the rows of kind resync for whose first try a caller in this process
// waits.
type resyncs struct {
	mu      sync.Mutex
	waiting map[string]chan error
}

func newResyncs() *resyncs { return &resyncs{waiting: map[string]chan error{}} }

// await returns a channel that gets the outcome of a row's first try.
func (r *resyncs) await(key string) <-chan error {
	r.mu.Lock()
	defer r.mu.Unlock()
	tried := make(chan error, 1)
	r.waiting[key] = tried
	return tried
}

// any says whether a first try is waited for.
func (r *resyncs) any() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.waiting) > 0
}

// tried passes the outcome of a row's try to the caller that waits for it.
func (r *resyncs) tried(key string, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if tried, waited := r.waiting[key]; waited {
		tried <- err
		delete(r.waiting, key)
	}
}
