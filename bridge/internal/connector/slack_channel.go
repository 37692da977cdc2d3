package connector

import (
	"context"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackevent"
)

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
		remoteEvent: remoteEvent{kind: bridgev2.RemoteEventChatInfoChange, portal: key, after: c.roomExtras},
		change:      &bridgev2.ChatInfoChange{ChatInfo: info},
	}
}

// handleRename handles channel_rename and group_rename.
func (c *Client) handleRename(ctx context.Context, row *inbox.Attempt, renamed *slackevent.ChannelRename) error {
	return c.changeInfo(ctx, row, renamed.Channel.ID, "", infoName, renamed.EventTS, func(conversation *slackevent.Conversation) {
		conversation.Name = renamed.Channel.Name
	})
}

// The kinds of changes for which Slack has events.
const (
	infoName    = "name"
	infoTopic   = "topic"
	infoPurpose = "purpose"
)

// changeInfo changes what is known about a conversation, and what its room shows. A
// change that is older than the last of its kind does nothing: Slack does not deliver
// events in order.
func (c *Client) changeInfo(ctx context.Context, row *inbox.Attempt, channel, channelType, what, ts string, change func(*slackevent.Conversation)) error {
	key, err := c.conversations.portalKey(ctx, channel, channelType)
	if err != nil {
		return err
	}
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key)
	if err != nil || portal == nil {
		c.conversations.change(channel, change)
		return wrapped(err, "load the portal of %s", channel)
	}
	shown := c.connector.shownIn(portal, what)
	if isLater(shown.changed, ts) {
		return nil
	}
	c.conversations.change(channel, change)
	conversation, err := c.conversations.get(ctx, channel)
	if err != nil || conversation.IsMPIM {
		return err // the name of a group conversation is its members', who never change
	}
	info, err := c.roomInfo(ctx, conversation, nil, shown.topicOf)
	if err != nil {
		return err
	}
	info = c.connector.asPlumbed(portal, info)
	echo := shown.own != "" && shown.isOf(what, conversation)
	info.ExtraUpdates = bridgev2.MergeExtraUpdaters(info.ExtraUpdates, func(_ context.Context, portal *bridgev2.Portal) bool {
		if !echo {
			c.connector.noteShown(portal, func(meta *PortalMetadata) { meta.change(what, ts) })
		}
		return true
	})
	return c.submit(ctx, row, c.infoChange(key, info))
}

// isOf says whether a room shows a change already.
func (s shownInfo) isOf(what string, conversation slackevent.Conversation) bool {
	if what == infoName {
		return s.name == conversation.Name
	}
	return s.topicOf == topicOf(conversation)
}

// handleTopic handles channel_topic and group_topic.
func (c *Client) handleTopic(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	return c.changeInfo(ctx, row, message.Channel, message.ChannelType, infoTopic, message.TS, func(conversation *slackevent.Conversation) {
		conversation.Topic.Value = message.Topic
	})
}

// handlePurpose handles channel_purpose and group_purpose.
func (c *Client) handlePurpose(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	return c.changeInfo(ctx, row, message.Channel, message.ChannelType, infoPurpose, message.TS, func(conversation *slackevent.Conversation) {
		conversation.Purpose.Value = message.Purpose
	})
}
