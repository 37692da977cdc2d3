package connector

import (
	"context"
	"fmt"
	"strings"
	"time"

	"maunium.net/go/mautrix"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// matrixResolver tells slackfmt what Matrix ids mean.
type matrixResolver struct {
	ctx    context.Context
	client *Client
	// room is where the message is, sender its author.
	room   id.RoomID
	sender id.UserID
	// mayAsk says that Slack and the homeserver may be asked: no portal is locked. asked is
	// how often the homeserver was asked.
	mayAsk bool
	asked  int
	// err is the first transient error of a look-up.
	err error
}

// failed keeps such an error.
func (r *matrixResolver) failed(err error) {
	if _, passes := transient(err); passes && r.err == nil {
		r.err = err
	}
}

// lookUpNames looks up what a message mentions, before its portal is locked. Its error is
// transient.
func (c *Client) lookUpNames(ctx context.Context, evt *event.Event) error {
	content, ok := evt.Content.Parsed.(*event.MessageEventContent)
	if !ok || c.unusable() != "" {
		return nil
	}
	if content.NewContent != nil {
		content = content.NewContent
	}
	if !strings.ContainsAny(content.Body+content.FormattedBody, "@#") {
		return nil
	}
	names := &matrixResolver{ctx: ctx, client: c, room: evt.RoomID, sender: evt.Sender, mayAsk: true}
	slackfmt.ToSlack(content, names)
	return names.err
}

// User implements slackfmt.FromMatrix. People in Matrix have the names that their posts
// have.
func (r *matrixResolver) User(user id.UserID) (slackID, displayName string) {
	c := r.client
	if user == c.connector.bridge.Bot.GetMXID() {
		return c.bot, c.botName()
	}
	if ghost, ok := c.connector.bridge.Matrix.ParseGhostMXID(user); ok {
		if team, slackUser, err := slackid.ParseUserID(ghost); err == nil && c.isSeen(team, slackUser) {
			name, err := c.ghostName(r.ctx, ghost)
			r.failed(err)
			return slackUser, name
		}
	}
	member, err := c.member(r.ctx, r.room, user)
	r.failed(err)
	return "", c.relayName(member)
}

// Emoji implements slackfmt.FromMatrix.
func (r *matrixResolver) Emoji(picture, shortcode string) string {
	name, err := r.client.emojis.nameOf(r.ctx, id.ContentURIString(picture), shortcode)
	r.failed(err)
	return name
}

// ghostName is a ghost's name in Matrix, "" if it is not known.
func (c *Client) ghostName(ctx context.Context, id networkid.UserID) (string, error) {
	ghost, err := c.connector.storedGhost(ctx, id)
	if err != nil || ghost == nil {
		return "", err
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
		return r.portalOfAlias(id.RoomAlias(room))
	}
	portal, err := c.bridge.GetExistingPortalByKey(r.ctx, r.client.conversations.keyOf(conversation))
	r.failed(wrapped(err, "load the portal of %s", room))
	return portal
}

const (
	// aliasTimeout limits how long the homeserver may take to resolve an alias, and
	// aliasesAMessage how many of one message are resolved. aliasKept is how long an answer
	// is used, and aliasesInMemory how many are kept.
	aliasTimeout    = 5 * time.Second
	aliasesAMessage = 10
	aliasKept       = 10 * time.Minute
	aliasesInMemory = 1000
)

// aliasAnswer is the homeserver's answer about an alias, and when it came.
type aliasAnswer struct {
	room id.RoomID
	at   time.Time
}

// portalOfAlias returns the portal of a room by an alias that people gave it. The
// homeserver is asked only for its own aliases, and not for those for which it would ask
// the bridge in turn.
func (r *matrixResolver) portalOfAlias(alias id.RoomAlias) *bridgev2.Portal {
	c := r.client.connector
	own := strings.HasPrefix(string(alias), "#"+c.options.AliasLocalpart(""))
	if own || !strings.HasSuffix(string(alias), ":"+c.serverName()) {
		return nil
	}
	answer, known := c.aliases.get(string(alias))
	if r.mayAsk && r.asked < aliasesAMessage && (!known || time.Since(answer.at) > aliasKept) {
		r.asked++
		answer = r.askForAlias(alias)
	}
	if answer.room == "" {
		return nil
	}
	portal, err := c.bridge.GetPortalByMXID(r.ctx, answer.room)
	r.failed(wrapped(err, "load the portal of %s", alias))
	return portal
}

// askForAlias asks the homeserver and keeps its answer.
func (r *matrixResolver) askForAlias(alias id.RoomAlias) aliasAnswer {
	c := r.client.connector
	ctx, cancel := context.WithTimeout(r.ctx, aliasTimeout)
	defer cancel()
	found, err := c.resolveAlias(ctx, alias)
	if _, passes := transient(err); passes {
		r.failed(fmt.Errorf("look up the alias %s: %w", alias, err))
		return aliasAnswer{}
	}
	answer := aliasAnswer{at: time.Now()}
	if err == nil && found != nil {
		answer.room = found.RoomID
	}
	c.aliases.put(string(alias), answer)
	return answer
}

// resolveAlias asks the homeserver for the room of an alias, nil if there is none to ask.
func (c *Connector) resolveAlias(ctx context.Context, alias id.RoomAlias) (*mautrix.RespAliasResolve, error) {
	switch homeserver := c.bridge.Matrix.(type) {
	case *matrix.Connector:
		return homeserver.Bot.ResolveAlias(ctx, alias)
	case interface {
		ResolveAlias(context.Context, id.RoomAlias) (*mautrix.RespAliasResolve, error)
	}:
		return homeserver.ResolveAlias(ctx, alias)
	}
	return nil, nil
}

// UserGroup implements slackfmt.FromMatrix.
func (r *matrixResolver) UserGroup(handle string) string {
	if r.mayAsk {
		r.failed(r.client.userGroups.refresh(r.ctx))
	}
	return r.client.userGroups.idOf(handle)
}

// InSlack implements slackfmt.FromMatrix.
func (r *matrixResolver) InSlack(room, eventID string) string {
	c := r.client
	portal := r.portal(room)
	if portal == nil {
		return ""
	}
	part, err := c.connector.bridge.DB.Message.GetPartByMXID(r.ctx, id.EventID(eventID))
	r.failed(wrapped(err, "look up event %s", eventID))
	if part == nil || part.Room != portal.PortalKey {
		return ""
	}
	team, channel, ts, err := slackid.ParseMessageID(part.ID)
	if err != nil || team != c.team {
		return ""
	}
	thread, err := threadRootTS(part)
	if err != nil {
		return ""
	}
	return c.permalink(channel, ts, thread)
}

// MayNotifyAll implements slackfmt.FromMatrix.
func (r *matrixResolver) MayNotifyAll() bool {
	may, err := r.client.mayNotifyAll(r.ctx, r.room, r.sender)
	r.failed(err)
	return may
}
