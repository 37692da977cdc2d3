package connector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/matrix"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// plumbing is the wish to link a channel with a room that people made.
type plumbing struct {
	channel string // name or id
	room    id.RoomID
	// by is the person who wants it, "" if the configuration does.
	by id.UserID
	// entry is the channel in the entry of the configuration, "" if a person wants it.
	entry string
	// move says that the channel may have a room already, which it loses.
	move bool
}

// cannotPlumbError says to a person why a channel and a room are not linked, and what helps.
type cannotPlumbError struct{ why string }

func (e *cannotPlumbError) Error() string { return e.why }

func cannotPlumb(format string, args ...any) error {
	return &cannotPlumbError{fmt.Sprintf(format, args...)}
}

// plumb links a channel with a room. Its errors are for people to read.
func (c *Client) plumb(ctx context.Context, wish plumbing) (*bridgev2.Portal, error) {
	conversation, err := c.channelToPlumb(ctx, wish.channel)
	if err != nil {
		return nil, err
	}
	if err := c.roomToPlumb(ctx, wish); err != nil {
		return nil, err
	}
	key := c.conversations.keyOf(conversation)
	if linked, err := c.connector.bridge.GetPortalByMXID(ctx, wish.room); err != nil {
		return nil, fmt.Errorf("load the portal of %s: %w", wish.room, err)
	} else if linked != nil && linked.PortalKey == key {
		return linked, nil
	} else if linked != nil {
		name, err := c.connector.calledAs(ctx, linked)
		if err != nil {
			return nil, err
		}
		return nil, cannotPlumb("%s is linked with %s already; unlink it first", wish.room, cmp.Or(name, string(linked.ID)))
	}
	portal, err := c.connector.bridge.GetPortalByKey(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
	}
	room := c.connector.roomOf(portal)
	if room != "" && !wish.move {
		how := "with " + moveFlag + " at the end of the command"
		if wish.by == "" {
			how = "with `move: true` in the entry"
		}
		return nil, cannotPlumb("#%s has a room already, %s; %s, messages cross in the new one alone, and the old one is left to its people",
			slackfmt.Name(conversation.Name), c.connector.roomLink(room), how)
	}
	if room != "" && wish.by != "" && c.connector.isPlumbed(portal) {
		if err := c.connector.mayUnlink(ctx, portal, wish.by); err != nil {
			return nil, err
		}
	}
	members, err := c.noteAllJoiners(ctx, conversation)
	if err != nil {
		return nil, err
	}
	if room == "" {
		err = c.linkAndEnter(ctx, portal, conversation, wish, members)
	} else if err = c.enter(ctx, conversation); err == nil {
		err = c.queue(&action{
			remoteEvent: remoteEvent{kind: bridgev2.RemoteEventUnknown, portal: key},
			do: func(ctx context.Context, portal *bridgev2.Portal) error {
				return c.relink(ctx, portal, conversation, wish, members)
			},
		})
	}
	if err != nil {
		return nil, err
	}
	zerolog.Ctx(ctx).Info().Stringer("room_id", wish.room).Str("channel", conversation.ID).Stringer("by", wish.by).Msg("A channel is linked with a room that people made")
	if err := c.makeRoom(ctx, conversation); err != nil { // it brings the relay and the members
		return nil, err
	}
	return portal, nil
}

// channelToPlumb finds a channel by its name or id.
func (c *Client) channelToPlumb(ctx context.Context, nameOrID string) (slackevent.Conversation, error) {
	conversation, err := c.findChannel(ctx, nameOrID)
	switch {
	case err != nil:
		return conversation, err
	case conversation.ID == "":
		return conversation, cannotPlumb("Slack shows the bot no channel %s; for a private one, %s", nameOrID, c.invitation())
	case conversation.IsIM || conversation.IsMPIM:
		return conversation, cannotPlumb("direct messages have rooms of their own")
	case conversation.IsArchived:
		return conversation, cannotPlumb("#%s is archived", slackfmt.Name(conversation.Name))
	case c.needsYes(conversation):
		return conversation, cannotPlumb("the people of #%s have not agreed yet, which network.channels.ask requires; invite the bot to it, and it asks them", slackfmt.Name(conversation.Name))
	}
	return conversation, nil
}

// findChannel returns a channel by its name or id, the zero one if Slack shows none.
func (c *Client) findChannel(ctx context.Context, nameOrID string) (slackevent.Conversation, error) {
	is := isChannel(c.connector.moves.current(c.team, nameOrID))
	if conversation, known := c.conversations.find(is); known {
		return conversation, nil
	}
	own, err := c.api.Conversations(ctx)
	if err != nil {
		return slackevent.Conversation{}, fmt.Errorf("list the bot's conversations: %w", err)
	}
	for _, conversation := range own {
		c.conversations.put(conversation)
	}
	if conversation, known := c.conversations.find(is); known {
		return conversation, nil
	}
	for channels, err := range c.api.PublicChannels(ctx) {
		if err != nil {
			return slackevent.Conversation{}, fmt.Errorf("list the workspace's channels: %w", err)
		}
		for _, conversation := range channels {
			c.conversations.put(conversation)
			if is(conversation) {
				return conversation, nil
			}
		}
	}
	return slackevent.Conversation{}, nil
}

// roomToPlumb has the bot join a room and checks that the room may be linked: the person
// who wants it, or else the bot, must be allowed to change its state, and the bot must be
// able to bring the channel's members in.
func (c *Client) roomToPlumb(ctx context.Context, wish plumbing) error {
	bot := c.connector.bridge.Bot
	if err := bot.EnsureJoined(ctx, wish.room); err != nil {
		if _, passes := transient(err); passes {
			return fmt.Errorf("join %s: %w", wish.room, err)
		}
		return cannotPlumb("the bridge's bot cannot join %s; invite %s to it", wish.room, bot.GetMXID())
	}
	levels, err := c.connector.powerLevels(ctx, wish.room)
	if err != nil {
		return fmt.Errorf("look up the power levels of %s: %w", wish.room, err)
	}
	if err := c.mayLink(ctx, wish, levels); err != nil {
		return err
	}
	if levels.GetUserLevel(bot.GetMXID()) < levels.Invite() && !c.connector.isOpenToAll(ctx, wish.room) {
		return cannotPlumb("the channel's members cannot get into %s: give %s the power level %d, which is needed to invite", wish.room, bot.GetMXID(), levels.Invite())
	}
	return nil
}

// mayLink checks that the person who wants a room linked may change its state. If the
// configuration wants it, the people in the room must have let the bot do so.
func (c *Client) mayLink(ctx context.Context, wish plumbing, levels *event.PowerLevelsEventContent) error {
	needed := levels.StateDefault()
	if wish.by == "" {
		if bot := c.connector.bridge.Bot.GetMXID(); levels.GetUserLevel(bot) < needed {
			return cannotPlumb("in %s, %s needs the power level %d: with it the people in the room agree", wish.room, bot, needed)
		}
		return nil
	}
	member, err := c.connector.bridge.Matrix.GetMemberInfo(ctx, wish.room, wish.by)
	if err != nil {
		return fmt.Errorf("look up %s in %s: %w", wish.by, wish.room, err)
	}
	if member == nil || member.Membership != event.MembershipJoin || levels.GetUserLevel(wish.by) < needed {
		return cannotPlumb("you need the power level %d in %s, to change its state", needed, wish.room)
	}
	return nil
}

// isOpenToAll says whether everyone may join a room.
func (c *Connector) isOpenToAll(ctx context.Context, room id.RoomID) bool {
	connector, ok := c.bridge.Matrix.(*matrix.Connector)
	if !ok {
		return false
	}
	var rule event.JoinRulesEventContent
	err := connector.Bot.StateEvent(ctx, room, event.StateJoinRules, "", &rule)
	return err == nil && rule.JoinRule == event.JoinRulePublic
}

// enter has the bot join a channel that it is not in.
func (c *Client) enter(ctx context.Context, conversation slackevent.Conversation) error {
	if conversation.IsMember || !isPublic(conversation) {
		return nil // Slack shows a private channel to its members alone
	}
	if _, err := c.api.Join(ctx, conversation.ID); err != nil {
		if isTriedAgain(err) {
			return err
		}
		return cannotPlumb("the bot cannot join #%s by itself (%s); %s", slackfmt.Name(conversation.Name), err, c.invitation())
	}
	c.conversations.change(conversation.ID, func(conversation *slackevent.Conversation) { conversation.IsMember = true })
	return nil
}

// linkedMembers are the members of a channel who join the room that it is linked with.
type linkedMembers struct {
	// noted says that some are noted, and unlisted that there are more than were listed.
	noted, unlisted bool
}

// noteAllJoiners notes the members of a channel who join its room.
func (c *Client) noteAllJoiners(ctx context.Context, conversation slackevent.Conversation) (members linkedMembers, err error) {
	all, err := c.api.Members(ctx, conversation.ID, membersRead)
	if err != nil {
		return members, fmt.Errorf("list the members of %s: %w", conversation.ID, err)
	}
	order, err := c.byAcquaintance(ctx, c.withoutErased(all))
	if err != nil {
		return members, err
	}
	var joiners []string
	for _, member := range order {
		if member != c.bot && len(joiners) < c.connector.roomMembers() {
			joiners = append(joiners, member)
		}
	}
	return linkedMembers{noted: len(joiners) > 0, unlisted: len(all) >= membersRead}, c.noteJoiners(ctx, conversation, joiners)
}

// link gives a portal its room.
func (c *Client) link(ctx context.Context, portal *bridgev2.Portal, conversation slackevent.Conversation, wish plumbing, members linkedMembers) error {
	name, err := c.roomName(ctx, conversation, nil)
	if err != nil {
		return err
	}
	err = c.connector.moveRoom(ctx, portal, wish.room, bridgev2.UpdateMatrixRoomIDParams{
		FailIfMXIDSet: !wish.move,
		SyncDBMetadata: func() {
			portal.Name, portal.NameSet, portal.TopicSet = name, true, true
			c.connector.closures.Lock()
			defer c.connector.closures.Unlock()
			meta := portal.Metadata.(*PortalMetadata)
			meta.inNewRoom()
			meta.Follows, meta.Room = false, wish.room
			meta.Plumbed, meta.Declared, meta.Linked = true, wish.entry, time.Now().UnixMilli()
			meta.Replaced = nil
			meta.Joining, meta.Unlisted = members.noted || members.unlisted, members.unlisted
			meta.Outside = false
		},
	})
	return wrapped(err, "link %s with %s", wish.room, conversation.ID)
}

// linkAndEnter gives a portal its room before the bot joins the channel: with the event that
// it has joined, a channel without a room would get one.
func (c *Client) linkAndEnter(ctx context.Context, portal *bridgev2.Portal, conversation slackevent.Conversation, wish plumbing, members linkedMembers) error {
	linking := &linking{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatResync, portal: portal.PortalKey, create: true},
		link: func(ctx context.Context, portal *bridgev2.Portal) error {
			return c.link(slackapi.WaitAtMost(ctx, lockPatience), portal, conversation, wish, members)
		},
	}
	if err := c.queue(linking); err != nil {
		return err
	}
	if err := c.enter(ctx, conversation); err != nil {
		// The bot stays in the room, into which it may have been invited: there will be another try.
		return errors.Join(err, c.connector.forgetLink(ctx, portal))
	}
	return nil
}

// linking gives a portal its room, under the portal's lock. Of a portal without a room the
// framework handles no event but one from which it would make a room.
type linking struct {
	remoteEvent
	link   func(context.Context, *bridgev2.Portal) error
	cancel context.CancelFunc
}

var _ bridgev2.RemoteChatResyncWithInfo = (*linking)(nil)

// MutateContext implements bridgev2.RemoteEventWithContextMutation.
func (l *linking) MutateContext(ctx context.Context) context.Context {
	ctx, l.cancel = context.WithCancel(ctx)
	return ctx
}

// GetChatInfo implements bridgev2.RemoteChatResyncWithInfo. The framework makes no room if the
// portal has one then, or if the event is canceled.
func (l *linking) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (*bridgev2.ChatInfo, error) {
	if l.err = l.link(context.WithoutCancel(ctx), portal); l.err != nil {
		l.cancel()
	}
	return nil, l.err
}

// PostHandle implements bridgev2.RemotePostHandler.
func (l *linking) PostHandle(context.Context, *bridgev2.Portal) { l.cancel() }

// relink takes a portal's room away and gives it another. The old one is left to its people.
// It runs under the portal's lock.
func (c *Client) relink(ctx context.Context, portal *bridgev2.Portal, conversation slackevent.Conversation, wish plumbing, members linkedMembers) error {
	old, meta := portal.MXID, portal.Metadata.(*PortalMetadata)
	if old == wish.room {
		return nil
	}
	if !meta.Plumbed {
		if err := c.outOfSpace(ctx, old); err != nil {
			return err
		}
		if err := c.unpublish(ctx, portal, meta); err != nil {
			return err
		}
		// Last: if something fails before, the channel stays in this room.
		if err := c.makeReadOnly(ctx, portal, meta); err != nil {
			return err
		}
	}
	if err := c.connector.notice(ctx, old, "Messages of this channel no longer cross here. They go on in "+c.connector.roomLink(wish.room)+"."); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not say in a room that its channel has another now")
	}
	if err := c.connector.forgetWhatWasSaid(ctx, portal); err != nil {
		return err
	}
	c.connector.close(portal, "")
	c.connector.closures.Lock()
	meta.ReadOnly = false
	c.connector.closures.Unlock()
	if err := c.putLeave(ctx, old); err != nil {
		return err
	}
	if err := c.link(ctx, portal, conversation, wish, members); err != nil {
		return err
	}
	c.connector.leaveSoon(ctx, old)
	return nil
}

// forgetWhatWasSaid forgets which messages are in a portal's room, so that nothing is done to them
// in another, where threads begin there, and who has reacted: they cannot take it back any more, and
// others are not to be counted with them.
func (c *Connector) forgetWhatWasSaid(ctx context.Context, portal *bridgev2.Portal) error {
	// SQLite is not to be locked for as long as many messages take. What is left goes after it.
	if err := c.bridge.DB.Message.DeleteInChunks(ctx, portal.PortalKey); err != nil {
		return fmt.Errorf("forget the messages of %s: %w", portal.MXID, err)
	}
	if err := c.db.DropMessages(ctx, portal.Receiver, portal.ID); err != nil {
		return err
	}
	if err := c.db.DropThreads(ctx, portal.Receiver, portal.ID); err != nil {
		return err
	}
	return c.db.DropReactorsIn(ctx, portal.Receiver, portal.ID)
}

// outOfSpace takes a room out of the workspace's space.
func (c *Client) outOfSpace(ctx context.Context, room id.RoomID) error {
	space, err := c.space(ctx)
	if err != nil || space.MXID == "" {
		return err
	}
	_, err = c.connector.bridge.Bot.SendState(ctx, space.MXID, event.StateSpaceChild, room.String(), &event.Content{Parsed: &event.SpaceChildEventContent{}}, time.Time{})
	return onlyTransient(ctx, err, "take a room out of the space")
}

// unlink separates a room from its channel: the bridge's users leave it, people stay.
func (c *Connector) unlink(ctx context.Context, portal *bridgev2.Portal) error {
	room, leaver := c.roomOf(portal), c.leaver(portal)
	if leaver != nil {
		if err := leaver.putLeave(ctx, room); err != nil {
			return err
		}
	}
	if err := c.forgetLink(ctx, portal); err != nil {
		return err
	}
	if leaver == nil {
		return wrapped(c.bridge.Bot.DeleteRoom(ctx, room, true), "have the bridge's users leave %s", room)
	}
	c.leaveSoon(ctx, room)
	return nil
}

// forgetLink is unlink, but the bridge's users stay.
func (c *Connector) forgetLink(ctx context.Context, portal *bridgev2.Portal) error {
	room := c.roomOf(portal)
	err := errors.Join(c.db.DropJoiners(ctx, portal.PortalKey), c.forgetWhatWasSaid(ctx, portal))
	if err != nil {
		return err
	}
	if err := portal.Delete(ctx); err != nil {
		return fmt.Errorf("unlink %s: %w", room, err)
	}
	zerolog.Ctx(ctx).Info().Stringer("room_id", room).Str("portal", string(portal.ID)).Msg("A room that people made is no longer linked")
	return nil
}

// mayUnlink checks that a person may take a plumbed room's channel away.
func (c *Connector) mayUnlink(ctx context.Context, portal *bridgev2.Portal, person id.UserID) error {
	if c.declaredAs(portal) != "" {
		return cannotPlumb("network.channels.rooms in the bridge's configuration links them; take the entry out and restart the bridge")
	}
	room := c.roomOf(portal)
	levels, err := c.powerLevels(ctx, room)
	if _, passes := transient(err); err != nil && passes {
		return fmt.Errorf("look up the power levels of %s: %w", room, err)
	}
	if err == nil && levels.GetUserLevel(person) < levels.StateDefault() {
		return cannotPlumb("you need the power level %d in %s, to change its state", levels.StateDefault(), room)
	}
	return nil // also if the bot is not in the room any more
}

// unlinkDeleted leaves the plumbed room of a channel that was deleted to its people.
func (c *Client) unlinkDeleted(ctx context.Context, channel string) error {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, c.conversations.keyOf(slackevent.Conversation{ID: channel}))
	if err != nil || c.connector.roomOf(portal) == "" || !c.connector.isPlumbed(portal) || c.connector.relayOf(portal) != c {
		return wrapped(err, "load the portal of %s", channel)
	}
	return c.connector.unlink(ctx, portal)
}

// waitsForRoom says whether a conversation has no room and gets none but that which
// network.channels.rooms names.
func (c *Client) waitsForRoom(conversation slackevent.Conversation) bool {
	return c.namesRoomOf(conversation.Name, conversation.ID) && !conversation.IsIM && !conversation.IsMPIM
}

// namesRoomOf says whether network.channels.rooms has an entry for a channel, by its name, its id, or
// an id that it had before.
func (c *Client) namesRoomOf(name, id string) bool {
	_, named := c.connector.options.Network.Channels.RoomOf(name, c.connector.moves.idsOf(c.team, id)...)
	return named
}

// channelOf is the id of a portal's channel.
func channelOf(portal *bridgev2.Portal) string {
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return ""
	}
	return channel
}
