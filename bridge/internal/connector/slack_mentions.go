package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// mentionRootAuthor makes an answer in a thread mention the person in Matrix who began the
// thread, as Slack notifies the author of a thread's root.
func (c *Client) mentionRootAuthor(ctx context.Context, key networkid.PortalKey, message *slackevent.Message, parts []*bridgev2.ConvertedMessagePart) error {
	if !inThread(message) || len(parts) == 0 {
		return nil
	}
	root, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.ThreadTS))
	if err != nil {
		return err
	}
	part, err := c.connector.bridge.DB.Message.GetFirstPartByID(ctx, key.Receiver, root)
	if err != nil || part == nil || part.SenderMXID == "" || c.connector.Ours(part.SenderMXID) {
		return wrapped(err, "look up message %s", root)
	}
	parts[0].Content.Mentions.Add(part.SenderMXID)
	return nil
}

// slackResolver tells slackfmt what Slack's ids mean.
type slackResolver struct {
	ctx    context.Context
	client *Client
	// channel is where the message is.
	channel string
	// err is the first transient error of a look-up.
	err error
}

// failed keeps a transient error.
func (r *slackResolver) failed(err error) {
	if _, passes := transient(err); passes && r.err == nil {
		r.err = err
	}
}

// privateChannel replaces the name of a private channel elsewhere: Slack shows it only to
// the channel's members.
const privateChannel = "private-channel"

// User implements slackfmt.FromSlack.
func (r *slackResolver) User(user string) (string, id.UserID) {
	c := r.client
	if user == c.bot {
		return c.botName(), c.connector.bridge.Bot.GetMXID()
	}
	found, err := c.users.person(r.ctx, user)
	if err != nil {
		r.failed(err)
		return "", ""
	}
	return c.users.name(found), c.connector.bridge.Matrix.GhostIntent(c.ghostID(user)).GetMXID()
}

// Channel implements slackfmt.FromSlack.
func (r *slackResolver) Channel(channel string) (name, link string) {
	c := r.client
	channel = c.connector.moves.current(c.team, channel)
	conversation, err := c.conversations.get(r.ctx, channel)
	if err != nil {
		r.failed(err)
		return "", ""
	}
	if !isPublic(conversation) && channel != r.channel {
		return privateChannel, ""
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(r.ctx, c.conversations.keyOf(conversation))
	if err != nil {
		r.failed(err)
	}
	room := c.connector.roomOf(portal)
	if err != nil || room == "" {
		return conversation.Name, ""
	}
	return conversation.Name, c.connector.roomLink(room)
}

// maxGroup is how many members of a user group are notified one by one.
const maxGroup = 20

// Emoji implements slackfmt.FromSlack.
func (r *slackResolver) Emoji(name string) (characters, picture string) {
	characters, shown, err := r.client.emojis.show(r.ctx, name)
	if err != nil {
		r.failed(err)
	}
	return characters, string(shown)
}

// UserGroup implements slackfmt.FromSlack.
func (r *slackResolver) UserGroup(group string) (handle string, members []id.UserID) {
	c := r.client
	found, err := c.userGroups.get(r.ctx, group)
	r.failed(err)
	if len(found.Users) <= maxGroup {
		for _, user := range found.Users {
			members = append(members, c.connector.bridge.Matrix.GhostIntent(c.ghostID(user)).GetMXID())
		}
	}
	return found.Handle, members
}

// InMatrix implements slackfmt.FromSlack.
func (r *slackResolver) InMatrix(address string) string {
	c := r.client
	channel, ts, ok := parsePermalink(address)
	if !ok {
		return ""
	}
	channel = c.connector.moves.current(c.team, channel)
	portal, err := c.portalOf(r.ctx, channel)
	r.failed(err)
	room := c.connector.roomOf(portal)
	if room == "" {
		return ""
	}
	if ts == "" {
		return c.connector.roomLink(room)
	}
	message, err := c.connector.db.MessageOf(r.ctx, portal.Receiver, slackid.MakeMessageID(c.team, channel, ts))
	r.failed(err)
	part, err := c.connector.bridge.DB.Message.GetFirstPartByID(r.ctx, portal.Receiver, message)
	r.failed(err)
	if part == nil || part.HasFakeMXID() {
		return ""
	}
	return room.EventURI(part.MXID, c.connector.serverName()).MatrixToURL()
}

// Members implements slackfmt.FromSlack.
func (r *slackResolver) Members() []slackfmt.Member {
	c := r.client
	portal, err := c.portalOf(r.ctx, r.channel)
	r.failed(err)
	room := c.connector.roomOf(portal)
	if room == "" {
		return nil
	}
	all, err := c.connector.bridge.Matrix.GetMembers(r.ctx, room)
	r.failed(wrapped(err, "list the members of %s", room))
	var members []slackfmt.Member
	for user, member := range all {
		if member.Membership == event.MembershipJoin {
			members = append(members, slackfmt.Member{User: user, Name: member.Displayname, InSlack: c.connector.Ours(user)})
		}
	}
	return members
}
