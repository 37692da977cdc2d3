package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// What an archive holds of a conversation is put into the database while no bridge runs
// (KeepArchive), and waits there until the conversation's room is made. Then the room is
// filled as any new one is, with these messages first and then with what Slack shows of
// the time since.

// HistoryOf returns those of an archive's messages that are shown in a room which begins
// with them.
func HistoryOf(messages []*slackevent.Message) []*slackevent.Message {
	handlers := messageHandlers()
	return slices.DeleteFunc(slices.Clone(messages), func(m *slackevent.Message) bool { return !isHistory(handlers, m) })
}

// KeepArchive keeps what an archive holds of a conversation until its room is made, instead
// of what was kept of it before. The messages are in order and not empty.
func KeepArchive(ctx context.Context, db *slackdb.DB, team, channel string, messages []*slackevent.Message) error {
	state := backfillState{Archive: true, Found: len(messages), Since: messages[len(messages)-1].TS}
	kept := make([]slackdb.OldMessage, 0, len(messages))
	newest := map[string]string{} // the newest reply, by the root
	for _, message := range messages {
		if inThread(message) {
			newest[message.ThreadTS] = message.TS
		}
		payload, err := json.Marshal(message)
		if err != nil {
			return fmt.Errorf("encode message %s: %w", message.TS, err)
		}
		kept = append(kept, slackdb.OldMessage{TS: message.TS, Payload: payload})
	}
	var err error
	if state.GoneOn, err = oldThreads(newest, state.Since); err != nil {
		return err
	}
	encoded, err := json.Marshal(state.again())
	if err != nil {
		return fmt.Errorf("encode how far the history of %s is: %w", channel, err)
	}
	return db.PutArchived(ctx, team, slackdb.Backfill{Channel: channel, State: encoded}, kept)
}

// KeepPeople keeps who an archive's people are, as far as nothing is known of them yet. When
// one of them speaks, Slack is asked as well. What they were doing then is not kept.
func KeepPeople(ctx context.Context, db *slackdb.DB, team string, users []slackevent.User) error {
	for _, user := range users {
		known, err := db.KnownPeople(ctx, team, []string{user.ID})
		if err != nil {
			return err
		}
		if len(known) > 0 {
			continue
		}
		person := personOf(user)
		person.Fetched = time.Unix(0, 0)
		person.StatusText, person.StatusEmoji, person.StatusUntil = "", "", time.Time{}
		if _, err := db.PutPerson(ctx, team, person); err != nil {
			return err
		}
	}
	return nil
}

// oldThreads are the threads that may have gone on after the archive was made although they
// began too long before for Slack's history to be read that far: see [backfill.reach].
func oldThreads(newest map[string]string, made string) (roots []string, err error) {
	reach, err := beforeArchive(made)
	if err != nil {
		return nil, err
	}
	for root, reply := range newest {
		if !isLater(root, reach) && isLater(reply, reach) {
			roots = append(roots, root)
		}
	}
	slices.Sort(roots)
	return roots, nil
}

// beforeArchive is as long before an archive was made as a thread is still read.
func beforeArchive(made string) (ts string, err error) {
	end, err := slackid.ParseTimestamp(made)
	if err != nil {
		return "", err
	}
	return slackTS(end.Add(-threadAge)), nil
}

// reach is how far back Slack's history is read, "" for all of it. With an archive it is further
// back than what was said since: a message in the archive may have its first answers by now.
func (fill *backfill) reach() (ts string, err error) {
	if !fill.state.Archive {
		return "", nil
	}
	return beforeArchive(fill.state.Since)
}

// isInArchive says whether a message is from the time of which the archive holds all.
func (fill *backfill) isInArchive(message *slackevent.Message) bool {
	return fill.state.Archive && !isLater(message.TS, fill.state.Since)
}

// again is the state with which a process begins, or begins anew, to fill a room. What an
// archive holds is kept, and Slack is asked again.
func (s backfillState) again() backfillState {
	fresh := backfillState{Members: s.Members, Authors: s.Authors, Room: s.Room}
	if s.Archive {
		fresh.Archive, fresh.Since, fresh.Found = true, s.Since, s.Found
		fresh.GoneOn, fresh.Threads = s.GoneOn, s.GoneOn
	}
	return fresh
}

// isHistory says whether a message is shown in a room that begins with it. Others have
// events of their own, such as joins and topics.
func isHistory(handlers map[string]messageHandler, message *slackevent.Message) bool {
	_, special := handlers[message.Subtype]
	return !special && !message.Hidden && message.Subtype != slackevent.SubtypeTombstone
}

// loadArchived reads of which conversations an archive is kept.
func (c *Client) loadArchived(ctx context.Context) error {
	kept, err := c.connector.db.Archived(ctx, c.team)
	if err != nil {
		return err
	}
	c.backfills.mu.Lock()
	defer c.backfills.mu.Unlock()
	for _, b := range kept {
		c.backfills.archived[b.Channel] = true
	}
	return nil
}

// waiting returns the conversations of which an archive is kept.
func (b *backfills) waiting() (channels []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for channel := range b.archived {
		channels = append(channels, channel)
	}
	slices.Sort(channels)
	return channels
}

// isArchived says whether a conversation's room is filled from an archive.
func (b *backfills) isArchived(channel string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.archived[channel] || b.states[channel].Archive
}

// claimArchive has this login fill the room of a conversation from an archive. ok is false
// if there is none, or another login of the workspace has it.
func (c *Client) claimArchive(ctx context.Context, channel string, members []string) (ok bool, err error) {
	c.backfills.mu.Lock()
	kept := c.backfills.archived[channel]
	c.backfills.mu.Unlock()
	if !kept {
		return false, nil
	}
	stored, err := c.connector.db.ClaimArchived(ctx, c.team, c.login.ID, channel)
	if err != nil {
		return false, err
	}
	if stored != nil {
		var state backfillState
		if err := json.Unmarshal(stored, &state); err != nil {
			return false, fmt.Errorf("read what an archive holds of %s: %w", channel, err)
		}
		state.Members = members
		if err := c.keepBackfill(ctx, channel, state); err != nil {
			return false, err
		}
	}
	c.backfills.mu.Lock()
	defer c.backfills.mu.Unlock()
	delete(c.backfills.archived, channel)
	return stored != nil, nil
}

// withArchived adds the conversations of which an archive is kept, and which the bot is
// not in, to those that get a room. Those that Slack does not show wait until it does.
func (s *session) withArchived(ctx context.Context, listed, chosen []slackevent.Conversation) ([]slackevent.Conversation, error) {
	for _, channel := range s.client.backfills.waiting() {
		if slices.ContainsFunc(listed, func(c slackevent.Conversation) bool { return c.ID == channel }) {
			continue
		}
		conversation, err := s.client.conversations.get(ctx, channel)
		switch kind := slackapi.KindOf(err); {
		case kind == slackapi.Permanent, kind == slackapi.MissingScope:
			zerolog.Ctx(ctx).Info().Err(err).Str("channel", channel).Msg("What an archive holds of a conversation waits until the bot is in it")
		case err != nil:
			return nil, err
		case s.client.bridged(conversation):
			chosen = append(chosen, conversation)
		}
	}
	return chosen, nil
}
