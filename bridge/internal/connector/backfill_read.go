package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"slices"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// entriesRead is how many entries of a channel are read for each message that its new room
// gets: joins, topics and the like are among them. One full page is read in any case.
const entriesRead = 10

// read keeps the newest messages of the conversation, and the newest replies of each of
// their threads, in the database. A step that Slack's limits have cut off goes on after the
// last page.
func (fill *backfill) read(ctx context.Context) error {
	if err := fill.knowFromList(ctx, fill.channel); err != nil {
		return err
	}
	conversation, err := fill.conversations.get(ctx, fill.channel)
	if err != nil {
		return err
	}
	if !fill.isAwaited() {
		ctx = slackapi.Background(ctx)
	}
	limit := fill.backfillLimit(conversation)
	if fill.state.Archive {
		limit = math.MaxInt / entriesRead // all that was said since the archive was made
		if isPublic(conversation) && !conversation.IsMember {
			fill.state.Doubtful = true
			return nil // Slack does not show it
		}
	}
	if err := fill.readChannel(ctx, limit); err != nil {
		return err
	}
	for len(fill.state.Threads) > 0 {
		err := fill.readThread(ctx, fill.state.Threads[0])
		if err := unreadable(ctx, err); err != nil {
			return err
		}
		fill.state.Doubtful = fill.state.Doubtful || err != nil
		fill.state.Threads = fill.state.Threads[1:]
		if err := fill.keep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// readChannel reads pages from the newest message on until limit messages are found that the
// room shows, or none if it gets none any more: the settings may have changed since the room was
// made. A reply that was sent to the channel too brings its thread with it, so that the root is
// before it.
func (fill *backfill) readChannel(ctx context.Context, limit int) error {
	if limit <= 0 {
		fill.state.Ended = true
	}
	oldest, err := fill.reach()
	if err != nil {
		return err
	}
	cursor := ""
	for !fill.state.Ended {
		page, err := fill.api.History(ctx, slackapi.HistoryRequest{
			Channel: fill.channel, Oldest: oldest, Latest: fill.state.Oldest, Cursor: cursor,
			Limit: min(2*max(limit-fill.state.Roots, fill.state.Entries), historyLimit),
		})
		if err != nil {
			return err
		}
		failpoint.Hit(failpoint.PagePut)
		fill.noteEntries(page.Messages)
		messages := fill.newest(page.Messages, limit-fill.state.Roots)
		fill.wantThreads(messages)
		messages = slices.DeleteFunc(messages, fill.isInArchive)
		fill.state.Roots += fill.countShown(messages)
		enough := fill.state.Roots >= limit || fill.state.Entries >= max(entriesRead*limit, historyLimit)
		fill.state.Ended = page.Next == "" || enough
		fill.state.Doubtful = fill.state.Doubtful || page.Limited || page.Unreadable > 0
		if err := fill.store(ctx, messages); err != nil {
			return err
		}
		cursor = ""
		if len(page.Messages) == 0 {
			cursor = page.Next // a page may be empty although there is a next
		}
	}
	return nil
}

func (fill *backfill) noteEntries(page []*slackevent.Message) {
	fill.state.Entries += len(page)
	for _, message := range page {
		if fill.state.Oldest == "" || isEarlier(message.TS, fill.state.Oldest) {
			fill.state.Oldest = message.TS
		}
	}
}

func (fill *backfill) countShown(messages []*slackevent.Message) (count int) {
	for _, message := range messages {
		if fill.isShown(message) {
			count++
		}
	}
	return count
}

// newest returns the messages of a page, which has the newest first, until limit of them are
// shown in the room.
func (fill *backfill) newest(page []*slackevent.Message, limit int) []*slackevent.Message {
	for at, message := range page {
		if !fill.isShown(message) {
			continue
		}
		if limit--; limit == 0 {
			return page[:at+1]
		}
	}
	return page
}

// isShown says whether the room begins with a message. What the bridge has other events for
// is not, such as joins and topics, nor what was said since the filling began.
func (fill *backfill) isShown(message *slackevent.Message) bool {
	later := fill.state.Latest != "" && isLater(message.TS, fill.state.Latest)
	return !later && isHistory(fill.connector.messageHandlers, message)
}

// wantThreads notes of which messages of the channel the answers are read. Of one that an archive
// holds they are if some were said since.
func (fill *backfill) wantThreads(messages []*slackevent.Message) {
	for _, message := range messages {
		switch {
		case isBroadcast(message):
			if !fill.isInArchive(message) {
				fill.wantThread(message.ThreadTS)
			}
		case message.ReplyCount == 0:
		case fill.state.Archive:
			if message.LatestReply == "" || isLater(message.LatestReply, fill.state.Since) {
				fill.wantThread(message.TS)
			}
		case fill.connector.options.Backfill.Threads.MaxInitialMessages > 0:
			fill.wantThread(message.TS)
		}
	}
}

func (fill *backfill) wantThread(root string) {
	if !slices.Contains(fill.state.Threads, root) {
		fill.state.Threads = append(fill.state.Threads, root)
	}
}

// readThread reads the root of a thread and its newest replies, or all that were said since an
// archive was made.
func (fill *backfill) readThread(ctx context.Context, root string) error {
	limit := fill.connector.options.Backfill.Threads.MaxInitialMessages
	if fill.state.Archive {
		limit = math.MaxInt
	}
	request := slackapi.HistoryRequest{Channel: fill.channel, ThreadTS: root, Limit: historyLimit}
	var first *slackevent.Message
	var replies []*slackevent.Message
	for {
		page, err := fill.api.Replies(ctx, request)
		if err != nil {
			return err
		}
		for _, message := range page.Messages {
			if message.TS == root {
				first = message
			} else if fill.isShown(message) && !fill.isInArchive(message) {
				replies = append(replies, message)
			}
		}
		replies = replies[max(0, len(replies)-limit):]
		if page.Next == "" {
			break
		}
		request.Cursor = page.Next
	}
	if first != nil {
		replies = append(replies, first)
	}
	return fill.store(ctx, replies)
}

// store keeps the messages that the room shows in the database, with all the people who hold
// reactions to them.
func (fill *backfill) store(ctx context.Context, messages []*slackevent.Message) error {
	var kept []slackdb.OldMessage
	for _, message := range messages {
		if !fill.isShown(message) {
			continue
		}
		if err := unreadable(ctx, fill.allReactions(ctx, fill.channel, message)); err != nil {
			return err
		}
		payload, err := json.Marshal(message)
		if err != nil {
			return fmt.Errorf("encode message %s: %w", message.TS, err)
		}
		kept = append(kept, slackdb.OldMessage{TS: message.TS, Payload: payload})
		fill.reads.compared(fill.row.Lane, fill.row.ID, message.TS)
	}
	if err := fill.connector.db.PutOldMessages(ctx, fill.login.ID, fill.channel, kept); err != nil {
		return err
	}
	found, _, err := fill.connector.db.CountOldMessages(ctx, fill.login.ID, fill.channel)
	if err != nil {
		return err
	}
	fill.state.Found = found
	return fill.keep(ctx)
}
