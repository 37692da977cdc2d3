package connector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"
	"maunium.net/go/mautrix/event"

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
}

var _ bridgev2.RemoteChatResyncWithInfo = (*resync)(nil)

// GetChatInfo implements bridgev2.RemoteChatResyncWithInfo.
func (r *resync) GetChatInfo(ctx context.Context, portal *bridgev2.Portal) (info *bridgev2.ChatInfo, err error) {
	switch {
	case portal.MXID == "":
		info, err = r.client.newRoomInfo(ctx, portal, r.conversation)
	case r.conversation.IsMPIM:
		return nil, nil // its name is its members', who never change
	default:
		info, err = r.client.roomInfo(ctx, r.conversation, nil)
	}
	if err != nil {
		r.err = err
	}
	return info, err
}

// resync handles a conversation in its portal's lane.
func (c *Client) resync(conversation slackevent.Conversation) error {
	c.places.put(conversation)
	return c.submit(&resync{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventChatResync, portal: c.places.keyOf(conversation), create: true, after: c.settle,
		},
		client:       c,
		conversation: conversation,
	})
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
func (c *Client) handleRename(ctx context.Context, _ string, renamed *slackevent.ChannelRename) error {
	c.places.change(renamed.Channel.ID, func(conversation *slackevent.Conversation) { conversation.Name = renamed.Channel.Name })
	return c.refresh(ctx, renamed.Channel.ID, "")
}

// refresh brings name and topic of a conversation's room up to date.
func (c *Client) refresh(ctx context.Context, channel, channelType string) error {
	key, err := c.places.portalKey(ctx, channel, channelType)
	if err != nil {
		return err
	}
	conversation, err := c.places.get(ctx, channel)
	if err != nil {
		return err
	}
	if conversation.IsMPIM {
		return nil
	}
	info, err := c.roomInfo(ctx, conversation, nil)
	if err != nil {
		return err
	}
	return c.submit(c.infoChange(key, info))
}

// handleMembership handles member_joined_channel and member_left_channel. The
// app's own bot joining makes the room.
func (c *Client) handleMembership(ctx context.Context, _ string, member *slackevent.Membership) error {
	if member.User == c.bot {
		if member.Joined() {
			return c.handleBotAdded(ctx, member.Channel)
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
	change := bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: c.ghostID(member.User)}, Membership: membership}
	return c.submit(&infoChange{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventChatInfoChange, portal: key, sender: change.EventSender, at: timeOf(member.EventTS),
		},
		change: &bridgev2.ChatInfoChange{MemberChanges: &bridgev2.ChatMemberList{
			MemberMap: bridgev2.ChatMemberMap{change.Sender: change},
		}},
	})
}

// handleBotAdded makes the room of a channel that the bot was added to.
func (c *Client) handleBotAdded(ctx context.Context, channel string) error {
	conversation, err := c.places.fetch(ctx, channel)
	if err != nil {
		return err
	}
	if !c.bridged(conversation) {
		zerolog.Ctx(ctx).Info().Str("channel", channel).Msg("Added to a channel that network.channels leaves out")
		return nil
	}
	return c.resync(conversation)
}

// handleLeft handles channel_left and group_left: nothing comes from the channel
// any more, and the room says so.
func (c *Client) handleLeft(ctx context.Context, id string, left *slackevent.ChannelLeft) error {
	key, err := c.places.portalKey(ctx, left.Channel, "channel")
	if err != nil {
		return err
	}
	return c.submit(&action{
		remoteEvent: remoteEvent{
			kind: bridgev2.RemoteEventUnknown, portal: key, plan: newSendPlan(id, "left"),
		},
		do: func(ctx context.Context, portal *bridgev2.Portal) error {
			return c.connector.notice(ctx, portal.MXID, fmt.Sprintf(
				"The bridge's bot was removed from this Slack channel: messages no longer cross. To go on, type `/invite @%s` in the channel in Slack.", c.botName()))
		},
	})
}

// botName is what the app's bot is called in Slack.
func (c *Client) botName() string {
	if who := c.who(); who != nil {
		return first(slackfmt.Name(who.BotName), "your-bot")
	}
	return "your-bot"
}

// timeOf is the time of a ts, or zero when there is none: the framework then
// takes the time at which it handles the event.
func timeOf(ts string) time.Time {
	at, err := slackid.ParseTimestamp(ts)
	if errors.Is(err, slackid.ErrInvalid) {
		return time.Time{}
	}
	return at
}
