package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
)

// greet tells a person in Slack what the bot is when they write to it for the first time,
// and how people in Matrix are reached.
func (c *Client) greet(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	if !isToBot(message) || c.hasErased(message.User) {
		return nil
	}
	if _, greeted := c.greeted.get(message.User); greeted {
		return nil
	}
	greeted, err := c.connector.db.IsGreeted(ctx, c.team, c.bot, message.User)
	if err != nil {
		return err
	}
	if !greeted {
		if err := c.sayGreeting(ctx, row, message); err != nil {
			return err
		}
	}
	c.greeted.put(message.User, struct{}{})
	return nil
}

// isToBot says whether a message is a person's in their direct conversation with the bot.
func isToBot(message *slackevent.Message) bool {
	direct := message.ChannelType == channelTypeIM || message.ChannelType == "" && strings.HasPrefix(message.Channel, "D")
	return direct && !message.Hidden && message.User != "" && message.User != slackevent.SystemUser && message.BotID == ""
}

func (c *Client) sayGreeting(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) error {
	text, err := c.greeting(ctx, message)
	if err != nil {
		return err
	}
	if err := c.sayToPerson(ctx, row, message, "greeting", text); err != nil {
		return err
	}
	if err := c.connector.db.PutGreeted(ctx, c.team, c.bot, message.User); err != nil {
		row.Doubt() // the next try finds the greeting
		return err
	}
	return nil
}

// greeting is what a person is told in the bot's direct conversation with them.
func (c *Client) greeting(ctx context.Context, message *slackevent.Message) (string, error) {
	key, err := c.conversations.portalKey(ctx, message.Channel, channelTypeIM)
	if err != nil {
		return "", err
	}
	portal, err := c.ownRoom(ctx, key)
	if err != nil {
		return "", err
	}
	what := fmt.Sprintf("I am the bridge between %s and Matrix.", c.teamNames().Name)
	how := "To reach a person in Matrix, write `@` and their name in a channel that I am in. Write `opt out` to me to have nothing of yours carried, or `erase me` to have the bridge forget you."
	if portal == nil {
		return slackfmt.Escape(what+" Direct messages to me are not carried. ") + how, nil
	}
	holder, err := c.holder(ctx, key)
	if err != nil {
		return "", err
	}
	if holder == "" {
		return slackfmt.Escape(what+" Who in Matrix read your direct messages to me is not there any more. ") + how, nil
	}
	return slackfmt.Escape(fmt.Sprintf("%s What you write to me here is read by %s there, and by those whom they invite. ", what, holder)) + how, nil
}

// saidByBridge says whether a message is the bridge's own, and no person's in Matrix: its
// metadata names no event.
func (c *Client) saidByBridge(message *slackevent.Message) bool {
	said := postedFor(message)
	return c.ownPost(message) && said != "" && !strings.HasPrefix(said, "$")
}

// postedFor is what the metadata of a message says that it was posted for: an event, or what
// the bridge itself had to say. It is empty where Slack does not show it.
func postedFor(message *slackevent.Message) (what string) {
	if message.Metadata != nil {
		_ = json.Unmarshal(message.Metadata.EventPayload["event_id"], &what)
	}
	return what
}

// sayToPerson answers a message in the bot's direct conversation with a person, once; what
// names the answer.
func (c *Client) sayToPerson(ctx context.Context, row *inbox.Attempt, message *slackevent.Message, what, text string) error {
	return c.sayInSlack(ctx, row, message.Channel, what+" "+message.TS, text)
}

// sayInSlack posts a line of the bridge's own, once; what names it. One that Slack refuses is
// only logged.
func (c *Client) sayInSlack(ctx context.Context, row *inbox.Attempt, channel, what, text string) error {
	request := slackapi.PostRequest{Channel: channel, Text: text, EventID: what}
	if row.Unsure {
		request.Since = row.Arrived
	}
	_, err := c.api.Post(slackapi.WaitAtMost(ctx, slackPatience), request)
	if err == nil || isTriedAgain(err) {
		return err
	}
	zerolog.Ctx(ctx).Warn().Err(err).Str("channel", channel).Msg("Could not say a line of the bridge's own in Slack")
	return nil
}
