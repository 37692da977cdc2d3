package connector

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rs/zerolog"
	"maunium.net/go/mautrix/event"
	"maunium.net/go/mautrix/format"

	"ops-jrz1/bridge/internal/slackevent"
)

// roomsAtOnce limits how many rooms are made at the same time, so that a first login
// leaves the homeserver capacity for messages.
const roomsAtOnce = 4

// syncRooms makes the rooms of the newest conversations that the bot is in and brings all
// existing ones up to date: rooms that another login or another bridge has made get this
// login as their relay too. After a first login it then says in the management room what
// is bridged.
func (s *session) syncRooms(ctx context.Context) {
	c := s.client
	begun := time.Now()
	s.awaitGap(ctx)
	conversations, ok := s.listConversations(ctx, begun)
	if !ok {
		return
	}
	slots := make(chan struct{}, roomsAtOnce)
	var tries sync.WaitGroup
	defer tries.Wait()
	for _, conversation := range conversations {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		tries.Go(func() {
			defer func() { <-slots }()
			s.syncRoom(ctx, conversation)
		})
	}
	tries.Wait()
	if ctx.Err() != nil {
		return
	}
	c.roomsMade.Store(true)
	zerolog.Ctx(ctx).Info().Int("conversations", len(conversations)).Msg("Rooms are in sync with Slack")
	c.welcome(ctx, conversations)
}

// syncPatience is how long the sync waits for one room: if its lane is held, or if it has
// to be tried again, the sync goes on with the others.
const syncPatience = 10 * time.Second

// syncRoom has a conversation's room made or brought up to date.
func (s *session) syncRoom(ctx context.Context, conversation slackevent.Conversation) {
	ctx, cancel := context.WithTimeout(ctx, syncPatience)
	defer cancel()
	if err := s.client.makeRoom(ctx, conversation); err != nil {
		zerolog.Ctx(ctx).Warn().Err(withoutAdvice(err)).Str("conversation", conversation.ID).Msg("A conversation's room is not in sync yet; it is tried again")
	}
}

// listConversations returns the conversations that get a room at login, or have one: the
// newest conversation_count that the bot is in and the configuration allows, and those of
// which an archive is kept. ok is false
// if the session ends first.
func (s *session) listConversations(ctx context.Context, since time.Time) (chosen []slackevent.Conversation, ok bool) {
	for attempt := 1; ; attempt++ {
		chosen, err := s.chosen(ctx, since)
		if err == nil {
			return chosen, true
		}
		wait := backoff(attempt)
		zerolog.Ctx(ctx).Warn().Err(withoutAdvice(err)).Stringer("again_in", wait).Msg("Cannot list the bot's conversations, will try again")
		select {
		case <-time.After(s.client.connector.scaled(wait)):
		case <-ctx.Done():
			return nil, false
		}
	}
}

// chosen is listConversations, tried once.
func (s *session) chosen(ctx context.Context, since time.Time) ([]slackevent.Conversation, error) {
	all, err := s.client.listed(ctx, since)
	if err != nil {
		return nil, err
	}
	if err := s.client.findMoves(ctx, all); err != nil {
		return nil, err
	}
	for _, conversation := range all {
		s.client.conversations.put(conversation)
	}
	if err := s.client.putAsks(ctx, all, since); err != nil {
		return nil, err
	}
	chosen := s.client.choose(all, func(conversation slackevent.Conversation) bool {
		return s.client.backfills.isArchived(conversation.ID) || s.client.hasRoom(ctx, conversation)
	})
	return s.withArchived(ctx, all, chosen)
}

// choose returns the newest conversations that are bridged and, of the others,
// those that have a room, newest first.
func (c *Client) choose(all []slackevent.Conversation, hasRoom func(slackevent.Conversation) bool) []slackevent.Conversation {
	chosen := slices.DeleteFunc(slices.Clone(all), func(conversation slackevent.Conversation) bool {
		return !c.bridged(conversation)
	})
	chosen = newestFirst(chosen)
	if limit := c.connector.options.Network.ConversationCount; limit >= 0 && len(chosen) > limit {
		older := slices.DeleteFunc(slices.Clone(chosen[limit:]), func(conversation slackevent.Conversation) bool {
			return !hasRoom(conversation)
		})
		chosen = append(chosen[:limit:limit], older...)
	}
	return chosen
}

// newestFirst sorts conversations by when they last changed.
func newestFirst(conversations []slackevent.Conversation) []slackevent.Conversation {
	return slices.SortedStableFunc(slices.Values(conversations), func(a, b slackevent.Conversation) int {
		return age(b).Compare(age(a))
	})
}

// hasRoom says whether a conversation already has a room. If that cannot be looked up,
// its next message brings it up to date.
func (c *Client) hasRoom(ctx context.Context, conversation slackevent.Conversation) bool {
	portal, err := c.connector.bridge.GetExistingPortalByKey(ctx, c.conversations.keyOf(conversation))
	return err == nil && c.connector.roomOf(portal) != ""
}

// age is when a conversation last changed, as far as a listing says.
func age(c slackevent.Conversation) time.Time {
	if c.Updated > 0 {
		return time.UnixMilli(c.Updated)
	}
	return c.Created
}

// welcome says once in the owner's management room which channels are bridged
// and how to add others.
func (c *Client) welcome(ctx context.Context, conversations []slackevent.Conversation) {
	meta := c.login.Metadata.(*LoginMetadata)
	if meta.Welcomed {
		return
	}
	// A stop meanwhile would leave a room that is in no database.
	ctx = context.WithoutCancel(ctx)
	room, err := c.login.User.GetManagementRoom(ctx)
	if err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not open the owner's management room")
		return
	}
	content := format.RenderMarkdown(c.welcomeText(conversations), true, false)
	content.MsgType = event.MsgNotice
	if _, err := c.connector.bridge.Bot.SendMessage(ctx, room, event.EventMessage, &event.Content{Parsed: &content}, nil); err != nil {
		zerolog.Ctx(ctx).Warn().Err(err).Msg("Could not say in the management room what is bridged")
		return
	}
	meta.Welcomed = true
	if err := c.login.Save(ctx); err != nil {
		zerolog.Ctx(ctx).Err(err).Msg("Could not note that the owner was welcomed")
	}
}

func (c *Client) welcomeText(conversations []slackevent.Conversation) string {
	var channels []string
	for _, conversation := range conversations {
		if !conversation.IsIM && !conversation.IsMPIM {
			channels = append(channels, "#"+conversation.Name)
		}
	}
	slices.Sort(channels)
	invite := fmt.Sprintf("To bridge another channel, type `/invite @%s` in it in Slack: its room appears by itself.", c.botName())
	if len(channels) == 0 {
		return fmt.Sprintf("Connected to %s. The bot is in no channel yet. %s", c.login.RemoteName, invite)
	}
	return fmt.Sprintf("Connected to %s. Bridged channels: %s. %s", c.login.RemoteName, strings.Join(channels, ", "), invite)
}
