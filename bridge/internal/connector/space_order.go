package connector

import (
	"context"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
)

// maxOrder is the length of an order of a space's child (Matrix specification,
// m.space.child: at most 50 characters from space to tilde).
const maxOrder = 50

// orderOf is what sorts a channel in the space by its name. Characters that an order cannot
// have come last.
func orderOf(name string) string {
	order := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '~'
		}
		return r
	}, strings.ToLower(name))
	return order[:min(len(order), maxOrder)]
}

// sortInSpace has clients show a channel's room in the space by its name: without an order
// they show rooms as they were made. It says whether something is to be noted. It runs under
// the portal's lock.
func (c *Client) sortInSpace(ctx context.Context, portal *bridgev2.Portal, meta *PortalMetadata) (changed bool) {
	conversation, known := c.conversations.cached(channelOf(portal))
	space := c.connector.roomOf(portal.Parent)
	if !known || conversation.Name == "" || !portal.InSpace || space == "" {
		return false
	}
	order, what := orderOf(conversation.Name), "order "+portal.MXID.String()
	if order == meta.Order || !c.cooldowns.over(what) {
		return false
	}
	_, err := c.connector.bridge.Bot.SendState(ctx, space, event.StateSpaceChild, portal.MXID.String(), &event.Content{
		Parsed: &event.SpaceChildEventContent{Via: []string{c.connector.serverName()}, Order: order},
	}, time.Time{})
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not sort a room in the space")
		c.cooldowns.start(what)
		return false
	}
	c.cooldowns.clear(what)
	meta.Order = order
	return true
}
