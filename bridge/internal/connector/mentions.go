package connector

import (
	"context"
	"fmt"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/inbox"
)

// withinRights is a Matrix content limited to whom its sender may notify: without the
// room's power level for it, @room notifies no one in Matrix (Matrix specification,
// m.room.power_levels: notifications), and so no one in Slack.
func (c *Client) withinRights(ctx context.Context, portal *bridgev2.Portal, sender id.UserID, content *event.MessageEventContent) (*event.MessageEventContent, error) {
	if content.Mentions == nil || !content.Mentions.Room {
		return content, nil
	}
	if may, err := c.mayNotifyAll(ctx, portal.MXID, sender); may || err != nil {
		return content, err
	}
	limited := *content
	limited.Mentions = &event.Mentions{UserIDs: content.Mentions.UserIDs}
	return &limited, nil
}

// mayNotifyAll says whether a person may notify all people in a room.
func (c *Client) mayNotifyAll(ctx context.Context, room id.RoomID, person id.UserID) (bool, error) {
	levels, err := c.connector.bridge.Matrix.GetPowerLevels(ctx, room)
	if err != nil {
		return false, fmt.Errorf("look up whether %s may notify the room: %w", person, err)
	}
	return levels.GetUserLevel(person) >= levels.Notifications.Room(), nil
}

// isQuiet says whether a message of that time notifies no one: it was missed, and is read
// so late that it is history.
func (c *Client) isQuiet(row *inbox.Attempt, said time.Time) bool {
	return row.Kind != kindEvent && c.isHistory(said)
}

// isHistory says whether a message of that time notifies no one if it is read late.
func (c *Client) isHistory(said time.Time) bool {
	return c.slackNow().Sub(said) > c.connector.options.Network.MissedMentions
}

// silence makes parts mention no one. It keeps an empty list of mentions: without the list
// clients look for names in the text (Matrix specification, m.mentions).
func silence(parts []*bridgev2.ConvertedMessagePart) {
	for _, part := range parts {
		part.Content.Mentions = &event.Mentions{}
	}
}

// letNotify gives a ghost the power level at which its messages notify the room, if one of
// the parts is to: Slack has let its person do so. It runs under the portal's lock.
func (c *Client) letNotify(ctx context.Context, portal *bridgev2.Portal, ghost id.UserID, parts []*bridgev2.ConvertedMessagePart) error {
	if !notifiesRoom(parts) {
		return nil
	}
	return c.raise(ctx, portal, ghost, func(levels *event.PowerLevelsEventContent) int { return levels.Notifications.Room() })
}

func notifiesRoom(parts []*bridgev2.ConvertedMessagePart) bool {
	for _, part := range parts {
		if part.Content.Mentions != nil && part.Content.Mentions.Room {
			return true
		}
	}
	return false
}
