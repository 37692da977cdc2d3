package connector

import (
	"context"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
)

// aliasPatience limits how long a homeserver waits for the answer to a query.
const aliasPatience = 30 * time.Second

// QueryAlias implements appservice.QueryHandler: the homeserver asks when a user joins, or
// only resolves, an alias of the bridge that does not exist, and does not say who. If it
// names a public channel that is bridged, the room is made. The bot joins the channel when
// a person who may write has joined the room, see [Client.joinChannel]. The answer waits until
// the room is filled, since only then does it have the alias.
func (c *Connector) QueryAlias(alias id.RoomAlias) bool {
	ctx, cancel := context.WithTimeout(c.bridge.Log.WithContext(c.stopping), aliasPatience)
	defer cancel()
	for _, login := range c.bridge.GetAllCachedUserLogins() {
		client, ok := login.Client.(*Client)
		if !ok || client.unusable() != "" {
			continue
		}
		conversation, ok := client.findByAlias(ctx, alias)
		if !ok || !client.bridged(conversation) {
			continue
		}
		err := client.makeRoom(ctx, conversation)
		if err == nil {
			err = client.awaitOpened(ctx, conversation)
		}
		if err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Stringer("alias", alias).Msg("Could not make the room of an alias")
			continue
		}
		return true
	}
	return false
}

// QueryUser implements appservice.QueryHandler: the bridge makes a ghost when its person
// speaks, not when the ghost is invited.
func (c *Connector) QueryUser(id.UserID) bool { return false }

// conversationOf returns the known public channel of an alias.
func (c *Client) conversationOf(alias id.RoomAlias) (slackevent.Conversation, bool) {
	for _, conversation := range c.conversations.public() {
		if c.connector.alias(conversation.Name) == alias {
			return conversation, true
		}
	}
	return slackevent.Conversation{}, false
}

// findByAlias is conversationOf, but also asks Slack for channels that are not known yet.
func (c *Client) findByAlias(ctx context.Context, alias id.RoomAlias) (slackevent.Conversation, bool) {
	if conversation, ok := c.conversationOf(alias); ok {
		return conversation, true
	}
	name, own := strings.CutSuffix(string(alias), ":"+c.connector.serverName())
	// No channel's name has a period (Slack docs: conversations.create); the doctor asks for one.
	if !own || strings.Contains(name, ".") {
		return slackevent.Conversation{}, false
	}
	for channels, err := range c.api.PublicChannels(ctx) {
		if err != nil {
			zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not list the workspace's channels")
			break
		}
		for _, channel := range channels {
			c.conversations.put(channel)
		}
		if conversation, ok := c.conversationOf(alias); ok {
			return conversation, true
		}
	}
	return slackevent.Conversation{}, false
}
