package connector

import (
	"context"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackid"
)

// fromMatrix tells slackfmt what Matrix' ids stand for.
type fromMatrix struct {
	ctx    context.Context
	client *Client
	// room is where it is said.
	room id.RoomID
}

// User implements slackfmt.FromMatrix. People of Matrix are called as their posts
// are.
func (r fromMatrix) User(user id.UserID) (slackID, displayName string) {
	c := r.client
	if user == c.connector.bridge.Bot.GetMXID() {
		return c.bot, c.botName()
	}
	if ghost, ok := c.connector.bridge.Matrix.ParseGhostMXID(user); ok {
		if team, slackUser, err := slackid.ParseUserID(ghost); err == nil && team == c.team {
			return slackUser, c.ghostName(r.ctx, ghost)
		}
	}
	return "", c.relayName(c.member(r.ctx, r.room, user))
}

// ghostName is what a ghost is called in Matrix, "" if it is not known.
func (c *Client) ghostName(ctx context.Context, id networkid.UserID) string {
	ghost, err := c.connector.bridge.GetExistingGhostByID(ctx, id)
	if err != nil || ghost == nil {
		return ""
	}
	return ghost.Name
}

// Channel implements slackfmt.FromMatrix.
func (r fromMatrix) Channel(room string) string {
	portal := r.portal(room)
	if portal == nil {
		return ""
	}
	team, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil || team != r.client.team {
		return ""
	}
	return channel
}

func (r fromMatrix) portal(room string) *bridgev2.Portal {
	c := r.client.connector
	if strings.HasPrefix(room, "!") {
		portal, err := c.bridge.GetPortalByMXID(r.ctx, id.RoomID(room))
		if err != nil {
			return nil
		}
		return portal
	}
	conversation, ok := r.client.conversationOf(id.RoomAlias(room))
	if !ok {
		return nil
	}
	portal, err := c.bridge.GetExistingPortalByKey(r.ctx, r.client.places.keyOf(conversation))
	if err != nil {
		return nil
	}
	return portal
}
