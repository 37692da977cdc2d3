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
		limit = math.MaxInt // what was said since the archive was made
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

// readChannel reads pages from the newest message on, limit messages at most. A reply
// that was sent to the channel too brings its thread with it, so that the root is before
// it.
func (fill *backfill) readChannel(ctx context.Context, limit int) error {
	for !fill.state.Ended && fill.state.Roots < limit {
		page, err := fill.api.History(ctx, slackapi.HistoryRequest{
			Channel: fill.channel, Oldest: fill.state.Since, Latest: fill.state.Oldest, Limit: min(limit-fill.state.Roots, historyLimit),
		})
		if err != nil {
			return err
		}
		failpoint.Hit(failpoint.PagePut)
		for _, message := range page.Messages {
			fill.state.Roots++
			if fill.state.Oldest == "" || isEarlier(message.TS, fill.state.Oldest) {
				fill.state.Oldest = message.TS
			}
			if isBroadcast(message) {
				fill.wantThread(message.ThreadTS)
			} else if message.ReplyCount > 0 && fill.connector.options.Backfill.Threads.MaxInitialMessages > 0 {
				fill.wantThread(message.TS)
			}
		}
		fill.state.Ended = page.Next == "" || len(page.Messages) == 0
		fill.state.Doubtful = fill.state.Doubtful || page.Limited || page.Unreadable > 0
		if err := fill.store(ctx, page.Messages); err != nil {
			return err
		}
	}
	return nil
}

func (fill *backfill) wantThread(root string) {
	if !slices.Contains(fill.state.Threads, root) {
		fill.state.Threads = append(fill.state.Threads, root)
	}
}

// readThread reads the root of a thread and its newest replies.
func (fill *backfill) readThread(ctx context.Context, root string) error {
	limit := fill.connector.options.Backfill.Threads.MaxInitialMessages
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
			} else {
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

// store keeps messages in the database, with all the people who hold reactions to them.
// What the bridge has other events for, such as joins and topics, is not kept.
func (fill *backfill) store(ctx context.Context, messages []*slackevent.Message) error {
	var kept []slackdb.OldMessage
	for _, message := range messages {
		later := fill.state.Latest != "" && isLater(message.TS, fill.state.Latest)
		if later || !isHistory(fill.connector.messageHandlers, message) {
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
	found, err := fill.connector.db.CountOldMessages(ctx, fill.login.ID, fill.channel)
	if err != nil {
		return err
	}
	fill.state.Found = found
	return fill.keep(ctx)
}
