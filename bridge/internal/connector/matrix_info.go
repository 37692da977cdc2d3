package connector

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/id"

	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// The name and the topic of a channel's room are the channel's, whichever side changes them.
// A room shows a channel's topic, or else its purpose: what is changed is what it showed.
// What Slack refuses is undone in the room. What people call a plumbed room or a direct
// conversation is theirs.

var (
	_ bridgev2.RoomNameHandlingNetworkAPI  = (*Client)(nil)
	_ bridgev2.RoomTopicHandlingNetworkAPI = (*Client)(nil)
)

// HandleMatrixRoomName implements bridgev2.RoomNameHandlingNetworkAPI.
func (c *Client) HandleMatrixRoomName(ctx context.Context, change *bridgev2.MatrixRoomName) (bool, error) {
	return c.changeFromMatrix(ctx, change.Portal, change.Event, func(ctx context.Context, conversation slackevent.Conversation) error {
		return c.rename(ctx, change.Portal, conversation, change.Content.Name)
	})
}

// HandleMatrixRoomTopic implements bridgev2.RoomTopicHandlingNetworkAPI.
func (c *Client) HandleMatrixRoomTopic(ctx context.Context, change *bridgev2.MatrixRoomTopic) (bool, error) {
	return c.changeFromMatrix(ctx, change.Portal, change.Event, func(ctx context.Context, conversation slackevent.Conversation) error {
		return c.setTopic(ctx, change.Portal, conversation, change.Event, change.Content.Topic)
	})
}

// changeFromMatrix carries a change of a room to its channel, under the portal's lock, and
// undoes it in the room if Slack refuses it.
func (c *Client) changeFromMatrix(ctx context.Context, portal *bridgev2.Portal, evt *event.Event, change func(context.Context, slackevent.Conversation) error) (bool, error) {
	attempt, err := c.connector.attempts.of(evt)
	if err != nil {
		return false, err
	}
	if c.connector.isPlumbed(portal) || isDirectPortal(portal) {
		return false, nil
	}
	ctx = slackapi.WaitAtMost(ctx, lockPatience)
	conversation, err := c.conversationIn(ctx, portal, evt.Sender)
	if err == nil && c.isOutdated(portal, conversation, evt) {
		zerolog.Ctx(ctx).Info().Msg("Slack has a newer change than the one from Matrix")
		return false, nil
	}
	if err == nil {
		err = change(ctx, conversation)
	}
	if err == nil {
		return true, nil
	}
	if !isTriedAgain(err) && !slackapi.HasCode(err, "channel_not_found") {
		if undone := c.showAgain(ctx, portal, evt.Type); undone != nil {
			err = undone
		}
	}
	return false, attempt.fail(err)
}

// conversationIn is a portal's conversation as Slack has it now, if a person may change it.
func (c *Client) conversationIn(ctx context.Context, portal *bridgev2.Portal, by id.UserID) (slackevent.Conversation, error) {
	if err := c.mayChange(ctx, portal, by); err != nil {
		return slackevent.Conversation{}, err
	}
	_, channel, err := slackid.ParsePortalID(portal.ID)
	if err != nil {
		return slackevent.Conversation{}, err
	}
	if channel == "" {
		return slackevent.Conversation{}, errors.New("the name of the workspace is changed in Slack")
	}
	return c.conversations.fetch(ctx, channel)
}

// isOutdated says whether a change from Matrix is older than the last one from Slack. Those
// that the bridge made itself do not count. Slack's clock, as far as the bridge sees it, has
// seconds: what may be newer is carried.
func (c *Client) isOutdated(portal *bridgev2.Portal, conversation slackevent.Conversation, evt *event.Event) bool {
	said := c.latestSaid(evt)
	newer := func(what string) bool {
		meta := portal.Metadata.(*PortalMetadata)
		at, err := slackid.ParseTimestamp(meta.Changed[what])
		return err == nil && at.After(said) && meta.Changed[what] != meta.Changed[ownChange+what]
	}
	set := func(topic slackevent.Topic) bool { return topic.Creator != c.bot && topic.LastSet.After(said) }
	if evt.Type == event.StateRoomName {
		return newer(infoName)
	}
	return newer(infoTopic) || newer(infoPurpose) || set(conversation.Topic) || set(conversation.Purpose)
}

// latestSaid is the latest that an event from Matrix may have been sent, by Slack's clock.
func (c *Client) latestSaid(evt *event.Event) time.Time {
	return c.slackNow().Add(time.Second - time.Since(time.UnixMilli(evt.Timestamp)))
}

// ownChange begins the keys of [PortalMetadata.Changed] of changes that the bridge made.
const ownChange = "own "

// noteOwn notes that the bridge made a change: what Slack said of earlier ones is outdated.
func (c *Client) noteOwn(portal *bridgev2.Portal, what string) {
	at := slackTS(c.slackNow())
	c.connector.noteShown(portal, func(meta *PortalMetadata) {
		meta.change(what, at)
		meta.change(ownChange+what, at)
	})
}

var errNoChannelName = errors.New("a channel in Slack has a name")

// rename gives a channel the name that its room was given, and the room the name that Slack
// made of it.
func (c *Client) rename(ctx context.Context, portal *bridgev2.Portal, conversation slackevent.Conversation, shown string) error {
	name, err := c.connector.channelNamed(shown)
	if err != nil {
		return err
	}
	if name != conversation.Name {
		renamed, err := c.api.Rename(ctx, conversation.ID, name)
		if err != nil {
			return fmt.Errorf("rename the channel: %w", err)
		}
		conversation.Name = renamed.Name
		c.conversations.change(conversation.ID, func(known *slackevent.Conversation) { known.Name = renamed.Name })
		c.noteOwn(portal, infoName)
		c.connector.noteShown(portal, func(meta *PortalMetadata) { meta.know(conversation) })
	}
	portal.Name, portal.NameSet = shown, true
	now, err := c.roomName(ctx, conversation, nil)
	if err != nil || now == shown {
		return err
	}
	portal.Name = now
	return c.showAgain(ctx, portal, event.StateRoomName)
}

// channelNamed is the name of a channel whose room people gave a name: without what
// network.channel_name_template puts around it, and in the letters that Slack takes.
func (c *Connector) channelNamed(shown string) (string, error) {
	const mark = "\uE000"
	around, err := c.options.Network.ChannelName.Execute(settings.Channel{Name: mark, IsChannel: true})
	if err != nil {
		return "", err
	}
	name := strings.TrimSpace(shown)
	if before, after, found := strings.Cut(around, mark); found {
		if inner, ok := strings.CutPrefix(name, before); ok && strings.HasSuffix(inner, after) {
			name = strings.TrimSuffix(inner, after)
		}
	}
	name = strings.ToLower(strings.Join(strings.Fields(strings.TrimLeft(name, "#")), "-"))
	if name == "" {
		return "", errNoChannelName
	}
	return name, nil
}

// setTopic gives a channel the topic of its room. If the room showed the purpose, because
// the channel has no topic, it is the purpose that is changed.
func (c *Client) setTopic(ctx context.Context, portal *bridgev2.Portal, conversation slackevent.Conversation, evt *event.Event, shown string) error {
	text, what := slackfmt.Escape(strings.TrimSpace(shown)), infoTopic
	set, change := c.api.SetTopic, func(known *slackevent.Conversation) { known.Topic.Value = text }
	if conversation.Topic.Value == "" && conversation.Purpose.Value != "" && !c.hasRemovedTopic(conversation, evt, text) {
		what, set = infoPurpose, c.api.SetPurpose
		change = func(known *slackevent.Conversation) { known.Purpose.Value = text }
	}
	if err := set(ctx, conversation.ID, text); err != nil {
		return fmt.Errorf("set the %s of the channel: %w", what, err)
	}
	c.conversations.change(conversation.ID, change)
	change(&conversation)
	c.noteOwn(portal, what)
	c.connector.noteShown(portal, func(meta *PortalMetadata) { meta.TopicOf = topicOf(conversation) })
	portal.Topic, portal.TopicSet = shown, true
	if shown != "" {
		return nil
	}
	now, err := c.roomTopic(ctx, conversation)
	if err != nil || now == "" {
		return err
	}
	portal.Topic = now
	return c.showAgain(ctx, portal, event.StateTopic)
}

// hasRemovedTopic says whether an earlier try has removed a channel's topic: the purpose was not
// shown then, and stays.
func (c *Client) hasRemovedTopic(conversation slackevent.Conversation, evt *event.Event, text string) bool {
	topic := conversation.Topic
	return text == "" && topic.Value == "" && topic.Creator == c.bot && topic.LastSet.After(c.latestSaid(evt).Add(-2*time.Second))
}

// showAgain has a room show the name or the topic that its portal has.
func (c *Client) showAgain(ctx context.Context, portal *bridgev2.Portal, kind event.Type) error {
	var content any = &event.RoomNameEventContent{Name: portal.Name}
	if kind == event.StateTopic {
		content = &event.TopicEventContent{Topic: portal.Topic}
	}
	_, err := c.connector.bridge.Bot.SendState(ctx, portal.MXID, kind, "", &event.Content{Parsed: content}, time.Time{})
	return onlyTransient(ctx, err, "show what a channel is called")
}
