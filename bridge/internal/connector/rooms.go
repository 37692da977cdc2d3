package connector

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// resync makes the room of a conversation, or brings one that is there up to
// date.
type resync struct {
	remoteEvent
	client       *Client
	conversation slackevent.Conversation
	// made is what the room is made from, if it was not there.
	made *bridgev2.ChatInfo
}

var _ bridgev2.RemoteChatResyncWithInfo = (*resync)(nil)

// GetChatInfo implements bridgev2.RemoteChatResyncWithInfo.
func (r *resync) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (info *bridgev2.ChatInfo, err error) {
	ctx = slackapi.WaitAtMost(ctx, lockPatience)
	switch {
	case portal.MXID == "" && r.made != nil:
		return r.made, nil
	case portal.MXID == "":
		info, err = r.client.newRoomInfo(ctx, r.conversation)
	case r.conversation.IsMPIM:
		return nil, nil // its name is its members', who never change
	default:
		info, err = r.client.roomInfo(ctx, r.conversation, nil, portal.Metadata.(*PortalMetadata).TopicOf)
	}
	if err != nil {
		r.err = err
	}
	return info, err
}

// resync makes the room of a conversation, or brings it up to date, in its portal. What
// a room is made from is asked for before the portal is locked.
func (c *Client) resync(ctx context.Context, row *inbox.Attempt, conversation slackevent.Conversation) error {
	c.places.put(conversation)
	key := c.places.keyOf(conversation)
	event := &resync{
		remoteEvent:  remoteEvent{kind: bridgev2.RemoteEventChatResync, portal: key, create: true, after: c.settle},
		client:       c,
		conversation: conversation,
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil {
		return fmt.Errorf("load the portal of %s: %w", conversation.ID, err)
	}
	if portal == nil || portal.MXID == "" {
		if event.made, err = c.newRoomInfo(ctx, conversation); err != nil {
			return err
		}
	}
	return c.submit(ctx, row, event)
}

// infoChange is a change of what a room shows.
type infoChange struct {
	remoteEvent
	change *bridgev2.ChatInfoChange
}

var _ bridgev2.RemoteChatInfoChange = (*infoChange)(nil)

// GetChatInfoChange implements bridgev2.RemoteChatInfoChange.
func (i *infoChange) GetChatInfoChange(context.Context) (*bridgev2.ChatInfoChange, error) {
	return i.change, nil
}

func (c *Client) infoChange(key networkid.PortalKey, info *bridgev2.ChatInfo) *infoChange {
	return &infoChange{
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: key, after: c.settle},
		change:      &bridgev2.ChatInfoChange{ChatInfo: info},
	}
}

// handleRename handles channel_rename and group_rename.
func (c *Client) handleRename(ctx context.Context, row *inbox.Attempt, renamed *slackevent.ChannelRename) error {
	return c.changeInfo(ctx, row, renamed.Channel.ID, "", infoName, renamed.EventTS, func(conversation *slackevent.Conversation) {
		conversation.Name = renamed.Channel.Name
	})
}

// What of a conversation changes by events of its own.
const (
	infoName    = "name"
	infoTopic   = "topic"
	infoPurpose = "purpose"
)

// changeInfo changes what is known of a conversation, and what its room shows. A
// change that is older than the last of its kind does nothing: Slack keeps no order
// between what it delivers.
func (c *Client) changeInfo(ctx context.Context, row *inbox.Attempt, channel, channelType, what, ts string, change func(*slackevent.Conversation)) error {
	key, err := c.places.portalKey(ctx, channel, channelType)
	if err != nil {
		return err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil || portal == nil {
		c.places.change(channel, change)
		return wrapped(err, "load the portal of %s", channel)
	}
	if later(portal.Metadata.(*PortalMetadata).Changed[what], ts) {
		return nil
	}
	c.places.change(channel, change)
	conversation, err := c.places.get(ctx, channel)
	if err != nil || conversation.IsMPIM {
		return err // the name of a group conversation is its members', who never change
	}
	info, err := c.roomInfo(ctx, conversation, nil, "")
	if err != nil {
		return err
	}
	info.ExtraUpdates = bridgev2.MergeExtraUpdaters(info.ExtraUpdates, func(_ context.Context, portal *bridgev2.Portal) bool {
		meta := portal.Metadata.(*PortalMetadata)
		if meta.Changed == nil {
			meta.Changed = map[string]string{}
		}
		meta.Changed[what] = ts
		return true
	})
	return c.submit(ctx, row, c.infoChange(key, info))
}

// handleMembership handles member_joined_channel and member_left_channel. The
// app's own bot joining makes the room.
func (c *Client) handleMembership(ctx context.Context, row *inbox.Attempt, member *slackevent.Membership) error {
	if member.User == c.bot {
		if member.Joined() {
			return c.handleBotAdded(ctx, row, member.Channel)
		}
		return nil // channel_left tells it too, for every kind of channel
	}
	key, err := c.places.portalKey(ctx, member.Channel, "")
	if err != nil {
		return err
	}
	membership := event.MembershipLeave
	if member.Joined() {
		membership = event.MembershipJoin
	}
	if err := c.connector.db.DropJoiner(ctx, key, c.ghostID(member.User)); err != nil {
		return err
	}
	change := bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: c.ghostID(member.User)}, Membership: membership}
	return c.submit(ctx, row, &infoChange{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventChatInfoChange, portal: key, sender: change.EventSender, at: toldAt(row, member.EventTS),
		},
		change: &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{
			MemberMap: bridgev2.ChatMemberMap{change.Sender: change},
		}},
	})
}

// handleBotAdded makes the room of a channel that the bot was added to. If it has one,
// the bot was in the channel before: the room is opened, and what was said meanwhile is
// read.
func (c *Client) handleBotAdded(ctx context.Context, row *inbox.Attempt, channel string) error {
	conversation, err := c.places.fetch(ctx, channel)
	if err != nil {
		return err
	}
	if !c.bridged(conversation) {
		zerolog.Ctx(ctx).Info().Str("channel", channel).Msg("Added to a channel that network.channels leaves out")
		return nil
	}
	if err := c.readUnread(ctx, row, conversation); err != nil {
		return err
	}
	if err := c.resync(ctx, row, conversation); err != nil {
		return err
	}
	return c.reopen(ctx, row, c.places.keyOf(conversation))
}

// botName is what the app's bot is called in Slack.
func (c *Client) botName() string {
	if who := c.who(); who != nil {
		return cmp.Or(slackfmt.Name(who.BotName), "your-bot")
	}
	return "your-bot"
}

// toldAt is when Slack told an event by the ts that it has. One whose ts cannot be read
// was told when it came.
func toldAt(row *inbox.Attempt, ts string) time.Time {
	at, err := slackid.ParseTimestamp(ts)
	if err != nil {
		return row.Arrived
	}
	return at
}
