package connector

import (
	"context"
	"errors"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// network.channels.directions says which way messages cross. What goes against it is not
// carried: messages, edits, deletions and reactions. A room whose messages come from Slack
// alone is read-only, and a person who writes in it all the same is told once. What a
// channel is called, who is in it and what is pinned follows Slack in either case: what people
// change about that in a room whose messages come from Slack alone is undone.

// directionOf says which way messages of a conversation cross.
func (c *Client) directionOf(conversation slackevent.Conversation) settings.Direction {
	return c.connector.options.Network.Channels.Direction(conversation.Name, c.connector.moves.idsOf(c.team, conversation.ID)...)
}

// directionIn is directionOf for the id of a conversation. For one that Slack does not show
// to the bot, only the patterns of ids count.
func (c *Client) directionIn(ctx context.Context, channel string) (settings.Direction, error) {
	if channel == "" || len(c.connector.options.Network.Channels.Directions) == 0 {
		return settings.BothWays, nil
	}
	conversation, err := c.conversations.get(ctx, channel)
	switch slackapi.KindOf(err) {
	case slackapi.Permanent, slackapi.MissingScope:
		conversation, err = slackevent.Conversation{ID: channel}, nil
	}
	return c.directionOf(conversation), err
}

// carriesFromSlack says whether what is said in a conversation is carried to Matrix.
func (c *Client) carriesFromSlack(ctx context.Context, channel string) (bool, error) {
	direction, err := c.directionIn(ctx, channel)
	return direction.FromSlack(), err
}

// againstDirection says whether an event of a room is not carried because messages come
// from Slack alone, and tells its sender so once in the room.
func (c *Client) againstDirection(ctx context.Context, portal *bridgev2.Portal, evt *event.Event) (bool, error) {
	if !isSaid(evt) && evt.Type != event.EventRedaction {
		return false, nil
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return false, err
	}
	direction, err := c.directionIn(slackapi.WaitAtMost(ctx, matrixPatience), channel)
	if err != nil || direction.ToSlack() {
		return false, err
	}
	return true, c.connector.tellOnce(ctx, evt, c.connector.oneWay,
		"What "+evt.Sender.String()+" does here is not in Slack: "+errOneWay.Error()+".")
}

var errOneWay = errors.New("messages of this channel come from Slack alone, as network.channels.directions in the bridge's configuration says")

// changesChannel says whether an event changes what a channel is called, who is in it or what is
// pinned. Its handler refuses it, since only the handler can undo it in the room.
func (c *Connector) changesChannel(evt *event.Event) bool {
	switch evt.Type {
	case event.StateRoomName, event.StateTopic, event.StatePinnedEvents:
		return true
	}
	return c.changeOf(evt) != noChange
}

// mayChange says why such a change of a person in Matrix is not carried, nil if it is.
func (c *Client) mayChange(ctx context.Context, portal *bridgev2.Portal, by id.UserID) error {
	if _, err := c.readyIn(portal); err != nil {
		return err
	}
	if c.connector.mutes.has(by) {
		return errMuted
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return err
	}
	direction, err := c.directionIn(ctx, channel)
	if err != nil || direction.ToSlack() {
		return err
	}
	return errOneWay
}

// applyDirection makes a room read-only whose messages come from Slack alone, and opens it
// when that is over. It runs under the portal's lock.
func (c *Client) applyDirection(ctx context.Context, portal *bridgev2.Portal) error {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return err
	}
	direction, err := c.directionIn(slackapi.WaitAtMost(ctx, lockPatience), channel)
	meta := portal.Metadata.(*PortalMetadata)
	if err != nil || meta.ReadOnly == !direction.ToSlack() {
		return err
	}
	if !meta.Closed.readOnly() {
		change := c.makeReadOnly
		if meta.ReadOnly {
			change = c.endReadOnly
		}
		if err := change(ctx, portal, meta); err != nil {
			return err
		}
	}
	c.connector.closures.Lock()
	meta.ReadOnly = !meta.ReadOnly
	c.connector.closures.Unlock()
	return wrapped(portal.Save(ctx), "note whether %s is read-only", portal.MXID)
}
