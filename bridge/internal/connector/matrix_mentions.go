package connector

import (
	"context"
	"strings"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackid"
)

// matrixResolver tells slackfmt what Matrix' ids stand for.
type matrixResolver struct {
	ctx    context.Context
	client *Client
	// room is where it is said.
	room id.RoomID
	// err is the first look-up that failed and passes by itself.
	err error
}

// failed keeps such an error.
func (r *matrixResolver) failed(err error) {
	if _, passes := transient(err); passes && r.err == nil {
		r.err = err
	}
}

// User implements slackfmt.FromMatrix. People of Matrix are called as their posts
// are.
func (r *matrixResolver) User(user id.UserID) (slackID, displayName string) {
	c := r.client
	if user == c.connector.bridge.Bot.GetMXID() {
		return c.bot, c.botName()
	}
	if ghost, ok := c.connector.bridge.Matrix.ParseGhostMXID(user); ok {
		if team, slackUser, err := slackid.ParseUserID(ghost); err == nil && team == c.team {
			name, err := c.ghostName(r.ctx, ghost)
			r.failed(err)
			return slackUser, name
		}
	}
	member, err := c.member(r.ctx, r.room, user)
	r.failed(err)
	return "", c.relayName(member)
}

// ghostName is what a ghost is called in Matrix, "" if it is not known.
func (c *Client) ghostName(ctx context.Context, id networkid.UserID) (string, error) {
	ghost, err := c.connector.bridge.GetExistingGhostByID(ctx, id)
	if err != nil || ghost == nil {
		return "", wrapped(err, "load the ghost %s", id)
	}
	return ghost.Name, nil
}

// Channel implements slackfmt.FromMatrix.
func (r *matrixResolver) Channel(room string) string {
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

func (r *matrixResolver) portal(room string) *bridgev2.Portal {
	c := r.client.connector
	if strings.HasPrefix(room, "!") {
		portal, err := c.bridge.GetPortalByMXID(r.ctx, id.RoomID(room))
		r.failed(wrapped(err, "load the portal of %s", room))
		return portal
	}
	conversation, ok := r.client.conversationOf(id.RoomAlias(room))
	if !ok {
		return nil
	}
	portal, err := c.bridge.GetExistingPortalByKey(r.ctx, r.client.conversations.keyOf(conversation))
	r.failed(wrapped(err, "load the portal of %s", room))
	return portal
}
