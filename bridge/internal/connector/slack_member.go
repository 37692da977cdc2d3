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
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// handleMembership handles member_joined_channel and member_left_channel. When the app's
// own bot joins, the room is made.
func (c *Client) handleMembership(ctx context.Context, row *inbox.Attempt, member *slackevent.Membership) error {
	if member.User == c.bot {
		if member.Joined() {
			if member.Inviter == c.bot {
				return nil // a group that the bridge itself began, which makes the room
			}
			if err := c.handleBotAdded(ctx, row, member.Channel); err != nil {
				return err
			}
			return c.sayWelcome(ctx, row, member)
		}
		return nil // there is a channel_left too, for every kind of channel
	}
	if c.hasErased(member.User) {
		return nil
	}
	key, err := c.conversations.portalKey(ctx, member.Channel, "")
	if err != nil {
		return err
	}
	if err := c.meet(ctx, member.User, member.Team); err != nil {
		return err
	}
	membership := event.MembershipLeave
	if member.Joined() {
		membership = event.MembershipJoin
	}
	// They may be noted from before it was known of which workspace they are.
	for _, noted := range []networkid.UserID{c.ghostID(member.User), slackid.MakeUserID(c.team, member.User)} {
		if err := c.connector.db.DropJoiner(ctx, key, noted); err != nil {
			return err
		}
	}
	change := bridgev2.ChatMember{EventSender: bridgev2.EventSender{Sender: c.ghostID(member.User)}, Membership: membership}
	if portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, key); err != nil {
		return fmt.Errorf("load the portal %s: %w", key, err)
	} else if portal != nil && member.Joined() && !c.connector.isPlumbed(portal) {
		if err := c.prepare(ctx, change.Sender); err != nil { // then their role is known
			return err
		}
		if change.PowerLevel, err = c.roleLevel(ctx, member.User); err != nil {
			return err
		}
	}
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
// the bot was in the channel before: the room is opened, and the messages of the meantime
// are read.
func (c *Client) handleBotAdded(ctx context.Context, row *inbox.Attempt, channel string) error {
	conversation, err := c.conversations.fetch(ctx, channel)
	if err != nil {
		return err
	}
	if c.allowed(conversation) && c.needsYes(conversation) {
		return c.ask(ctx, row, conversation)
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
	return c.reopen(ctx, row, c.conversations.keyOf(conversation), conversation)
}

// sayWelcome tells a channel to which a person has added the bot that it is bridged now.
func (c *Client) sayWelcome(ctx context.Context, row *inbox.Attempt, member *slackevent.Membership) error {
	conversation, err := c.conversations.get(ctx, member.Channel)
	if err != nil || member.Inviter == "" || conversation.IsMPIM {
		return err
	}
	portal, err := c.ownRoom(ctx, c.conversations.keyOf(conversation))
	if err != nil || portal == nil {
		return err
	}
	room := "its room there"
	if isPublic(conversation) && !c.connector.isPlumbed(portal) { // that of people has no alias of the bridge's
		room += ", " + c.connector.alias(conversation.Name).String()
	}
	text := "I am the bridge to Matrix. What is said in this channel is also in " + room + ", and what people write there is here under their names."
	switch direction := c.directionOf(conversation); {
	case !direction.ToSlack():
		text = "I am the bridge to Matrix. What is said in this channel is also in " + room + "."
	case !direction.FromSlack():
		text = "I am the bridge to Matrix. What people write in the room of this channel there is here under their names; what is said here stays here."
	}
	return c.sayInSlack(ctx, row, member.Channel, "welcome "+member.Channel+" "+member.EventTS, slackfmt.Escape(text))
}

// botName is the name of the app's bot in Slack.
func (c *Client) botName() string {
	if who := c.who(); who != nil {
		return cmp.Or(slackfmt.Name(who.BotName), "your-bot")
	}
	return "your-bot"
}

// toldAt is when Slack sent an event, by its ts, or when it arrived if the ts cannot be
// read.
func toldAt(row *inbox.Attempt, ts string) time.Time {
	at, err := slackid.ParseTimestamp(ts)
	if err != nil {
		return row.Arrived
	}
	return at
}
