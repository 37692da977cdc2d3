package connector

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackfmt"
	"ops-jrz1/bridge/internal/slackid"
)

// With network.channels.ask, a channel gets a room once one of its people has said yes. The
// channel is asked in one line, when the bot comes in or something is said there. A yes is a
// reaction to that line or a message to the bot: buttons would need an app with interactivity.
// Channels that have a room are not asked. An app that takes the place of one that is gone asks
// anew: the question of the other names that one, and is not the new one's to delete.

// consents are the channels that were asked, or have agreed. Their keys are portals' ids.
type consents struct {
	mu    sync.Mutex
	known map[networkid.PortalID]slackdb.Consent
	// asking keeps two apps of a workspace from asking a channel at once.
	asking *locks[networkid.PortalID]
}

func newConsents() *consents {
	return &consents{known: map[networkid.PortalID]slackdb.Consent{}, asking: newLocks[networkid.PortalID]()}
}

func (s *consents) of(team, channel string) slackdb.Consent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.known[slackid.MakePortalID(team, channel)]
}

func (s *consents) put(consent slackdb.Consent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.known[slackid.MakePortalID(consent.Team, consent.Channel)] = consent
}

func (s *consents) drop(team, channel string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.known, slackid.MakePortalID(team, channel))
}

// rename follows a channel that has another id; the database does so itself. kept says that the
// room of the new id goes on, so that what its people answered counts.
func (s *consents) rename(moved slackdb.Moved, kept bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	old, now := slackid.MakePortalID(moved.Team, moved.Old), slackid.MakePortalID(moved.Team, moved.New)
	consent, known := s.known[old]
	delete(s.known, old)
	if _, answered := s.known[now]; known && !(kept && answered) {
		consent.Channel = moved.New
		s.known[now] = consent
	}
}

// open are the questions in a workspace that no one has answered.
func (s *consents) open(team string) (open []slackdb.Consent) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, consent := range s.known {
		if consent.Team == team && consent.By == "" {
			open = append(open, consent)
		}
	}
	return open
}

// hadRoom is who agreed to a channel that has a room without having been asked.
const hadRoom = "room"

// loadConsents loads what is stored. A channel that has a room has agreed.
func (c *Connector) loadConsents(ctx context.Context) error {
	portals, err := c.bridge.DB.Portal.GetAllWithMXID(ctx)
	if err != nil {
		return fmt.Errorf("list the rooms: %w", err)
	}
	for _, portal := range portals {
		if team, channel, err := slackid.ParsePortalID(portal.ID); err == nil && channel != "" {
			c.consents.put(slackdb.Consent{Team: team, Channel: channel, By: hadRoom})
		}
	}
	stored, err := c.db.Consents(ctx)
	for _, consent := range stored {
		if consent.By != "" || c.consents.of(consent.Team, consent.Channel).By == "" {
			c.consents.put(consent)
		}
	}
	return err
}

// needsYes says whether a conversation gets no room before its people have agreed.
func (c *Client) needsYes(conversation slackevent.Conversation) bool {
	return c.connector.options.Network.Channels.Ask && !isDirect(conversation) &&
		c.connector.consents.of(c.team, conversation.ID).By == ""
}

// ask asks a channel once whether it may be bridged.
func (c *Client) ask(ctx context.Context, row *inbox.Attempt, conversation slackevent.Conversation) error {
	defer c.connector.consents.asking.lock(slackid.MakePortalID(c.team, conversation.ID))()
	what := "ask " + conversation.ID
	if asked := c.connector.consents.of(c.team, conversation.ID); asked.Asked != "" && !c.askerIsGone(asked) || !c.cooldowns.over(what) {
		return nil
	}
	text := slackfmt.Escape("I am the bridge to Matrix. What is said in this channel is carried to a room there, and back, once one of you agrees: "+
		"react to this message with ") + ":white_check_mark:" + slackfmt.Escape(", or write `@"+c.botName()+" yes`. Until then nothing is. If you do not want that, remove me from the channel.")
	request := slackapi.PostRequest{Channel: conversation.ID, Text: text, EventID: what}
	if row.Unsure {
		request.Since = row.Arrived
	}
	posted, err := c.api.Post(slackapi.WaitAtMost(ctx, slackPatience), request)
	if err != nil {
		row.Doubt()
		if isTriedAgain(err) {
			return err
		}
		c.cooldowns.start(what)
		zerolog.Ctx(ctx).Warn().Err(err).Str("channel", conversation.ID).Msg("Could not ask a channel whether it may be bridged")
		return nil
	}
	return c.noteConsent(ctx, slackdb.Consent{Team: c.team, Channel: conversation.ID, Asked: posted.TS, AskedBy: c.bot})
}

// askerIsGone says whether the app that asked a question does not belong to the bridge any more,
// or has no token that works.
func (c *Client) askerIsGone(question slackdb.Consent) bool {
	return question.AskedBy != "" && !c.connector.clients.any(c.team, func(app *Client) bool {
		return app.bot == question.AskedBy && app.IsLoggedIn()
	})
}

func (c *Client) noteConsent(ctx context.Context, consent slackdb.Consent) error {
	if err := c.connector.db.PutConsent(ctx, consent); err != nil {
		return err
	}
	c.connector.consents.put(consent)
	return nil
}

// isYes says whether a reaction means yes. A skin tone follows the name after colons.
func isYes(reaction string) bool {
	name, _, _ := strings.Cut(reaction, "::")
	switch name {
	case "white_check_mark", "heavy_check_mark", "+1":
		return true
	}
	return false
}

// saysYes says whether a message tells the bot yes.
func (c *Client) saysYes(message *slackevent.Message) bool {
	if message.Hidden || message.BotID != "" || message.User == "" || message.User == slackevent.SystemUser {
		return false
	}
	before, after, toBot := strings.Cut(message.Text, "<@"+c.bot)
	if !toBot {
		return false
	}
	_, after, _ = strings.Cut(after, ">")
	return strings.EqualFold(strings.Trim(before+after, " \t\n.,:!"), "yes")
}

// hearYes handles a message that is the answer to the question, and says whether it is.
func (c *Client) hearYes(ctx context.Context, row *inbox.Attempt, message *slackevent.Message) (heard bool, err error) {
	consent := c.connector.consents.of(c.team, message.Channel)
	if consent.Asked == "" || !c.saysYes(message) {
		return false, nil
	}
	if consent.By != "" && row.Try == 1 && !row.Unsure {
		return false, nil // the channel has agreed before: it is a message as any other
	}
	return true, c.agree(ctx, row, message.Channel, message.User)
}

// hearYesByReaction handles a reaction to the question, and says whether it is one.
func (c *Client) hearYesByReaction(ctx context.Context, row *inbox.Attempt, event *slackevent.Reaction) (heard bool, err error) {
	asked := c.connector.consents.of(c.team, event.Item.Channel).Asked
	if asked == "" || event.Item.TS != asked {
		return false, nil
	}
	if !event.Added() || !isYes(event.Reaction) {
		return true, nil
	}
	person, err := c.isPerson(ctx, event.User)
	if err != nil || !person {
		return true, err
	}
	return true, c.agree(ctx, row, event.Item.Channel, event.User)
}

// isPerson says whether a user of Slack is no bot. Its error is transient.
func (c *Client) isPerson(ctx context.Context, user string) (bool, error) {
	found, err := c.users.person(ctx, user)
	if err != nil {
		if _, passes := transient(err); passes {
			return false, err
		}
	}
	return !found.IsBot && !c.isApp(user), nil
}

// agree notes that a channel agrees and makes its room. It may be repeated.
func (c *Client) agree(ctx context.Context, row *inbox.Attempt, channel, by string) error {
	consent := c.connector.consents.of(c.team, channel)
	if consent.By == "" {
		consent.By = by
		if err := c.noteConsent(ctx, consent); err != nil {
			return err
		}
		zerolog.Ctx(ctx).Info().Str("channel", channel).Str("by", by).Msg("A channel agrees to be bridged")
	} else if row.Try == 1 && !row.Unsure {
		return nil
	}
	if err := c.handleBotAdded(ctx, row, channel); err != nil {
		return err
	}
	return c.sayWelcome(ctx, row, &slackevent.Membership{Channel: channel, Inviter: by, EventTS: consent.Asked})
}

// kindAsk is a row that looks after the question in a channel: it asks, or reads what was
// answered while the bridge was away, or takes the question back. Its payload is the channel.
const kindAsk = "ask"

// putAsks puts such rows when the bot's conversations were listed: for the newest that need
// a yes, and for every open question.
func (c *Client) putAsks(ctx context.Context, all []slackevent.Conversation, since time.Time) error {
	var rows []inbox.Row
	put := func(channel string) {
		rows = append(rows, inbox.Row{
			Source: sourceOf(c.login.ID), Lane: c.lane(channel), Kind: kindAsk, Payload: []byte(channel),
			Key: fmt.Sprintf("ask %s %d", channel, since.UnixNano()),
		})
	}
	left := c.connector.options.Network.ConversationCount
	for _, conversation := range newestFirst(all) {
		if c.allowed(conversation) && c.needsYes(conversation) && c.connector.consents.of(c.team, conversation.ID).Asked == "" && left != 0 {
			put(conversation.ID)
			left--
		}
	}
	for _, consent := range c.connector.consents.open(c.team) {
		put(consent.Channel)
	}
	_, err := c.connector.inbox.Put(ctx, rows...)
	return err
}

// handleAsk handles a row of kind ask.
func (c *Client) handleAsk(ctx context.Context, row *inbox.Attempt) error {
	channel := string(row.Payload)
	consent := c.connector.consents.of(c.team, channel)
	if consent.By != "" && row.Try == 1 && !row.Unsure {
		return nil
	}
	conversation, err := c.conversations.get(ctx, channel)
	if err != nil {
		if isTriedAgain(err) {
			return err
		}
		return c.withdraw(ctx, channel) // the bot is no longer in it
	}
	switch {
	case !c.connector.options.Network.Channels.Ask || !c.allowed(conversation):
		return c.withdraw(ctx, channel)
	case consent.Asked == "":
		return c.ask(ctx, row, conversation)
	}
	by, err := c.answerTo(ctx, consent)
	switch {
	case err != nil:
		return unreadable(ctx, err)
	case by != "":
		return c.agree(ctx, row, channel, by)
	case c.askerIsGone(consent):
		return c.ask(ctx, row, conversation)
	}
	return nil
}

// answerTo reads whether a question was answered, and by whom.
func (c *Client) answerTo(ctx context.Context, question slackdb.Consent) (by string, err error) {
	reactions, err := c.api.Reactions(ctx, question.Channel, question.Asked)
	if err != nil {
		return "", err
	}
	for _, reaction := range reactions {
		for _, user := range reaction.Users {
			if person, err := c.isPerson(ctx, user); err != nil || isYes(reaction.Name) && person {
				return user, err
			}
		}
	}
	inThread := slackapi.HistoryRequest{Channel: question.Channel, ThreadTS: question.Asked}
	if by, err = c.yesAmong(ctx, c.api.Replies, inThread); err != nil || by != "" {
		return by, err
	}
	return c.yesAmong(ctx, c.api.History, slackapi.HistoryRequest{Channel: question.Channel, Oldest: question.Asked})
}

// yesAmong reads pages of messages until one says yes to the bot, and returns whose it is.
func (c *Client) yesAmong(ctx context.Context, read func(context.Context, slackapi.HistoryRequest) (*slackapi.HistoryPage, error), request slackapi.HistoryRequest) (by string, err error) {
	for {
		page, err := read(ctx, request)
		if err != nil {
			return "", err
		}
		for _, message := range page.Messages {
			if c.saysYes(message) {
				return message.User, nil
			}
		}
		if page.Next == "" {
			return "", nil
		}
		request.Cursor = page.Next
	}
}

// withdraw takes an open question back.
func (c *Client) withdraw(ctx context.Context, channel string) error {
	question := c.connector.consents.of(c.team, channel)
	if question.Asked == "" || question.By != "" {
		return nil
	}
	if err := c.api.Delete(ctx, channel, question.Asked); err != nil {
		if isTriedAgain(err) {
			return err
		}
		zerolog.Ctx(ctx).Info().Err(err).Str("channel", channel).Msg("The question whether a channel may be bridged stays where it is")
	}
	if err := c.connector.db.DropConsent(ctx, c.team, channel); err != nil {
		return err
	}
	c.connector.consents.drop(c.team, channel)
	return nil
}
