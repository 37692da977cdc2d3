package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
)

// kindSurvey is a row that lists Slack's conversations after a gap. Those without a room
// are read too: a missed message, such as a first direct message, would have made one.
// Rooms of conversations that have another name or topic now are brought up to date.
const kindSurvey = "survey"

// surveyRow makes the row of that kind for a gap.
func (c *Client) surveyRow(since time.Time, gap string) (inbox.Row, error) {
	row, err := c.catchupRow(kindSurvey, span{Since: since, Gap: gap})
	row.Lane = c.lane("") + "survey"
	return row, err
}

// handleSurvey handles a row of kind survey. A conversation that already has a row for
// this gap gets no second one.
func (c *Client) handleSurvey(ctx context.Context, row *inbox.Attempt) error {
	var gap span
	if err := json.Unmarshal(row.Payload, &gap); err != nil {
		return inbox.Park(fmt.Errorf("read a stored span: %w", err))
	}
	all, err := c.listed(slackapi.Background(ctx), row.Arrived)
	if err != nil {
		return unreadable(ctx, err)
	}
	if err := c.findMoves(slackapi.Background(ctx), all); err != nil {
		return err
	}
	var rows []inbox.Row
	for _, conversation := range all {
		before, known := c.conversations.cached(conversation.ID)
		c.conversations.put(conversation)
		switch mine, err := c.speaksIn(ctx, conversation); {
		case err != nil:
			return err
		case !mine || !c.bridged(conversation):
			continue
		}
		gap.Channel = conversation.ID
		reading, err := c.catchupRow(kindCatchup, gap)
		if err != nil {
			return err
		}
		rows = append(rows, reading)
		if known && showsOtherwise(before, conversation) {
			rows = append(rows, c.resyncRow(conversation, row.Key))
		}
	}
	_, err = c.connector.inbox.Put(ctx, rows...)
	return err
}

// speaksIn says whether this login speaks in a conversation's room, or may in one that has
// no room yet.
func (c *Client) speaksIn(ctx context.Context, conversation slackevent.Conversation) (bool, error) {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, c.conversations.keyOf(conversation))
	if err != nil || c.connector.roomOf(portal) == "" {
		return err == nil, wrapped(err, "load the portal of %s", conversation.ID)
	}
	return portal.Receiver == c.login.ID || c.connector.relayOf(portal) == c, nil
}

// showsOtherwise says whether a change of a conversation changes what its room shows.
func showsOtherwise(before, now slackevent.Conversation) bool {
	return before.Name != now.Name || before.Topic.Value != now.Topic.Value || before.Purpose.Value != now.Purpose.Value ||
		isPublic(before) != isPublic(now)
}

// resyncRow is the row that brings a conversation's room up to date, for a reason.
func (c *Client) resyncRow(conversation slackevent.Conversation, why string) inbox.Row {
	return inbox.Row{
		Source: sourceOf(c.login.ID), Lane: c.lane(conversation.ID), Key: "resync " + conversation.ID + " " + why,
		Kind: kindResync, Payload: []byte(conversation.ID),
	}
}
