package connector

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// Slack has pins one by one, a room has a list. The portal's metadata has the messages that
// are pinned on both sides: what the list has besides was pinned in Matrix since, and what it
// lacks was taken away there. A pinned event that is no message of Slack's stays in the list
// and is Matrix's alone.

// handlePin handles pin_added and pin_removed. Slack does not deliver them in order, so it is
// asked whether the message is pinned now. The apps' own pins are echoes.
func (c *Client) handlePin(ctx context.Context, row *inbox.Attempt, event *slackevent.Pin) error {
	if event.Item.Type != slackevent.ItemMessage || event.Item.Message == nil || c.isApp(event.User) {
		return nil
	}
	if carried, err := c.carriesFromSlack(ctx, event.ChannelID); !carried || err != nil {
		return err
	}
	key, err := c.conversations.portalKey(ctx, event.ChannelID, "")
	if err != nil {
		return err
	}
	target, err := c.findTarget(ctx, row, key, event.ChannelID, event.Item.Message.TS, toldAt(row, event.EventTS))
	if err != nil || !target.known {
		return err
	}
	_, _, ts, err := slackid.ParseMessageID(target.id)
	if err != nil {
		return err
	}
	stands := event.Added()
	switch pinned, err := c.api.Pins(ctx, event.ChannelID); {
	case err == nil:
		stands = slices.Contains(pinned, event.Item.Message.TS)
	case isTriedAgain(err):
		return err
	}
	return c.inRoom(ctx, row, key, newSendPlan(row.Key, "pin"), func(ctx context.Context, portal *bridgev2.Portal) error {
		return c.pinInRoom(ctx, portal, target.id, ts, stands)
	})
}

// pinInRoom has a message in the list of a room or not, under the portal's lock.
func (c *Client) pinInRoom(ctx context.Context, portal *bridgev2.Portal, message networkid.MessageID, ts string, stands bool) error {
	parts, err := c.partsOf(ctx, portal.Receiver, message)
	if err != nil || len(parts) == 0 {
		return err
	}
	list, err := c.connector.pinned(ctx, portal.MXID)
	if err != nil {
		return onlyTransient(ctx, err, "read what is pinned in a room")
	}
	isPart := func(pinned id.EventID) bool {
		for _, part := range parts {
			if part.MXID == pinned {
				return true
			}
		}
		return false
	}
	now := slices.Clone(list)
	switch there := slices.ContainsFunc(list, isPart); {
	case stands && !there:
		now = append(now, parts[0].MXID)
	case !stands:
		now = slices.DeleteFunc(now, isPart)
	}
	if len(now) != len(list) {
		// A room that does not take it differs from Slack: noted as the same, it would seem that people
		// changed it.
		if set, err := c.setPinned(ctx, portal.MXID, now); err != nil || !set {
			return err
		}
	}
	return c.notePin(ctx, portal, ts, stands)
}

// notePin notes whether a message is pinned on both sides.
func (c *Client) notePin(ctx context.Context, portal *bridgev2.Portal, ts string, stands bool) error {
	meta := portal.Metadata.(*PortalMetadata)
	if slices.Contains(meta.Pinned, ts) == stands {
		return nil
	}
	if stands {
		meta.Pinned = append(meta.Pinned, ts)
	} else {
		meta.Pinned = slices.DeleteFunc(meta.Pinned, func(other string) bool { return other == ts })
	}
	return wrapped(portal.Save(ctx), "note what is pinned in %s", portal.MXID)
}

// pinned is the list of a room. The homeserver is asked: its event may be on its way.
func (c *Connector) pinned(ctx context.Context, room id.RoomID) ([]id.EventID, error) {
	var list event.PinnedEventsEventContent
	err := c.stateIn(ctx, room, event.StatePinnedEvents, &list)
	if status, _ := matrixStatus(err); status == http.StatusNotFound {
		return nil, nil // nothing was ever pinned
	}
	return list.Pinned, wrapped(err, "read what is pinned in %s", room)
}

// setPinned gives a room its list, and says whether the room has taken it.
func (c *Client) setPinned(ctx context.Context, room id.RoomID, list []id.EventID) (set bool, err error) {
	if list == nil {
		list = []id.EventID{}
	}
	_, err = c.connector.bridge.Bot.SendState(ctx, room, event.StatePinnedEvents, "", &event.Content{
		Parsed: &event.PinnedEventsEventContent{Pinned: list},
	}, time.Time{})
	return err == nil, onlyTransient(ctx, err, "change what is pinned in a room")
}

// handleMatrixPins handles a change of a room's list, and says whether the event was one. What
// Slack refuses is undone in the room, which is told why. The framework knows no pins.
func (c *Client) handleMatrixPins(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, evt *event.Event) (handled bool, err error) {
	if evt.Type != event.StatePinnedEvents {
		return false, nil
	}
	if evt.GetStateKey() != "" {
		return true, nil
	}
	var refused error
	err = c.queue(&action{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: portal.PortalKey},
		do: func(ctx context.Context, portal *bridgev2.Portal) (err error) {
			refused, err = c.carryPins(slackapi.WaitAtMost(ctx, lockPatience), row, portal, evt.Sender)
			return err
		},
	})
	if err != nil || refused == nil {
		return true, err
	}
	return true, c.connector.refuse(ctx, evt, refusal(refused))
}

// carryPins makes the pins of a channel those of its room, and returns why one was refused.
func (c *Client) carryPins(ctx context.Context, row *inbox.Attempt, portal *bridgev2.Portal, by id.UserID) (refused, err error) {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil || channel == "" {
		return nil, err
	}
	list, err := c.connector.pinned(ctx, portal.MXID)
	if err != nil {
		return nil, onlyTransient(ctx, err, "read what is pinned in a room")
	}
	shown, events, err := c.pinnedMessages(ctx, portal, list)
	if err != nil {
		return nil, err
	}
	was := slices.Clone(portal.Metadata.(*PortalMetadata).Pinned)
	now := slices.Clone(list)
	carry := func(ts string, stands bool, call func(context.Context, string, string) error) error {
		why := c.mayChange(ctx, portal, by)
		if why == nil {
			why = c.unlessMoving(ctx, row, portal, call(ctx, channel, ts))
		}
		switch {
		case why == nil:
			return c.notePin(ctx, portal, ts, stands)
		case isTriedAgain(why):
			return why
		}
		refused = why
		if stands {
			now = slices.DeleteFunc(now, func(pinned id.EventID) bool { return events[pinned] == ts })
			return nil
		}
		first, err := c.connector.bridge.DB.Message.GetFirstPartByID(ctx, portal.Receiver, slackid.MakeMessageID(c.team, channel, ts))
		if err != nil || first == nil {
			return wrapped(err, "load the message %s", ts)
		}
		now = append(now, first.MXID)
		return nil
	}
	for _, ts := range shown {
		if !slices.Contains(was, ts) {
			if err := carry(ts, true, c.api.Pin); err != nil {
				return nil, fmt.Errorf("pin a message: %w", err)
			}
		}
	}
	for _, ts := range was {
		if !slices.Contains(shown, ts) {
			if err := carry(ts, false, c.api.Unpin); err != nil {
				return nil, fmt.Errorf("take a pin away: %w", err)
			}
		}
	}
	if refused == nil {
		return nil, nil
	}
	_, err = c.setPinned(ctx, portal.MXID, now)
	return refused, err
}

// pinnedMessages are the ts of the Slack messages in a room's list, and whose its events are.
func (c *Client) pinnedMessages(ctx context.Context, portal *bridgev2.Portal, list []id.EventID) (shown []string, events map[id.EventID]string, err error) {
	events = map[id.EventID]string{}
	for _, pinned := range list {
		part, err := c.connector.bridge.DB.Message.GetPartByMXID(ctx, pinned)
		if err != nil {
			return nil, nil, fmt.Errorf("load the pinned message %s: %w", pinned, err)
		}
		if part == nil || part.Room != portal.PortalKey {
			continue
		}
		_, _, ts, err := slackid.ParseMessageID(part.ID)
		if err != nil {
			continue // a message that Slack does not have
		}
		if events[pinned] = ts; !slices.Contains(shown, ts) {
			shown = append(shown, ts)
		}
	}
	return shown, events, nil
}
