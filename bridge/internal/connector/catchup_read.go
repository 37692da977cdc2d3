package connector

import (
	"context"
	"slices"

	"ops-jrz1/bridge/internal/failpoint"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// historyLimit is how many messages a page has at most; Slack takes 999 (Slack docs:
// conversations.history).
const historyLimit = 999

// readSpan reads the channel's newest messages as far back as span.reach, then the
// threads with new replies, and stages what differs from the database.
func (try *catchup) readSpan(ctx context.Context) error {
	compare, err := try.comparison(ctx)
	if err != nil {
		return err
	}
	if err := try.readChannel(ctx, compare); err != nil {
		return err
	}
	if err := try.readThreads(ctx, compare); err != nil {
		return err
	}
	if err := try.readMeanwhile(ctx, compare); err != nil {
		return err
	}
	gone, err := try.deletions(ctx, compare)
	if err != nil {
		return err
	}
	try.state.Read = true
	try.state.Seen, try.state.Marked = nil, nil // not needed any more
	return try.keep(ctx, gone)
}

// readChannel reads pages from the newest message on, until there are no more within
// reach, or until all new messages and enough older ones are read.
func (try *catchup) readChannel(ctx context.Context, compare *comparison) error {
	oldest := slackTS(try.span.reach())
	cursor := ""
	for !try.state.Ended {
		request := slackapi.HistoryRequest{Channel: try.span.Channel, Oldest: oldest, Limit: historyLimit, Cursor: cursor}
		if cursor == "" {
			request.Latest = try.state.Oldest // resumed: cursors do not last
		}
		try.asked = try.slackNow()
		page, err := try.api.History(ctx, request)
		if err != nil {
			return err
		}
		failpoint.Hit(failpoint.PagePut)
		try.state.Roots += len(page.Messages)
		try.note(page)
		try.state.Ended = page.Next == "" || try.state.Roots >= lookBackRoots && isEarlier(try.state.Oldest, slackTS(try.span.from()))
		switch {
		case !try.state.Ended:
		case page.Limited && page.Next == "":
			try.state.Doubtful = true // what the plan hides is not deleted
		case page.Next == "":
			try.state.Bottom = oldest
		default:
			try.state.Bottom = try.state.Oldest
		}
		staged, err := compare.differences(ctx, try, page.Messages)
		if err != nil {
			return err
		}
		for _, message := range page.Messages {
			if message.LatestReply != "" && !isEarlier(message.LatestReply, slackTS(try.span.from())) {
				try.wantThread(message.TS)
			}
		}
		if err := try.keep(ctx, staged); err != nil {
			return err
		}
		cursor = page.Next
	}
	return try.doubtNothing(ctx, compare)
}

// doubtNothing does not believe Slack that a channel with many messages has none at all.
// If Slack shows an older one, the others are deleted.
func (try *catchup) doubtNothing(ctx context.Context, compare *comparison) error {
	if len(try.state.Seen) > 0 || try.state.Bottom == "" || len(compare.parts) == 0 {
		return nil
	}
	page, err := try.api.History(ctx, slackapi.HistoryRequest{Channel: try.span.Channel, Limit: 1})
	if err != nil {
		return err
	}
	if len(page.Messages) == 0 || page.Limited {
		try.state.Bottom = ""
	}
	return nil
}

// note remembers which messages a page showed.
func (try *catchup) note(page *slackapi.HistoryPage) {
	try.state.Doubtful = try.state.Doubtful || page.Unreadable > 0
	try.state.Shown += len(page.Messages)
	for _, message := range page.Messages {
		try.state.Seen = append(try.state.Seen, message.TS)
		if try.state.Oldest == "" || isEarlier(message.TS, try.state.Oldest) {
			try.state.Oldest = message.TS
		}
	}
}

func (try *catchup) wantThread(root string) {
	if !slices.Contains(slices.Concat(try.state.Threads, try.state.AskedThreads, try.state.OtherThreads), root) {
		try.state.Threads = append(try.state.Threads, root)
	}
}

// readThreads reads the replies of the threads in state.Threads.
func (try *catchup) readThreads(ctx context.Context, compare *comparison) error {
	for len(try.state.Threads) > 0 {
		root := try.state.Threads[0]
		staged, err := try.readThread(ctx, compare, root)
		gone := try.isThreadGone(root, err)
		if !gone && unreadable(ctx, err) != nil {
			return err
		}
		try.state.Threads = try.state.Threads[1:]
		if err == nil || gone {
			try.state.AskedThreads = append(try.state.AskedThreads, root)
		}
		if err := try.keep(ctx, staged); err != nil {
			return err
		}
	}
	return nil
}

// readThread reads one thread as far back as the channel.
func (try *catchup) readThread(ctx context.Context, compare *comparison, root string) (staged []slackdb.Staged, err error) {
	request := slackapi.HistoryRequest{Channel: try.span.Channel, ThreadTS: root, Oldest: slackTS(try.span.reach()), Limit: historyLimit}
	for {
		try.asked = try.slackNow()
		page, err := try.api.Replies(ctx, request)
		if err != nil {
			return nil, err
		}
		failpoint.Hit(failpoint.PagePut)
		try.state.Doubtful = try.state.Doubtful || page.Unreadable > 0
		replies := slices.DeleteFunc(page.Messages, func(message *slackevent.Message) bool { return !inThread(message) })
		try.state.Shown += len(replies)
		for _, reply := range replies {
			try.state.Seen = append(try.state.Seen, reply.TS)
		}
		differing, err := compare.differences(ctx, try, replies)
		if err != nil {
			return nil, err
		}
		staged = append(staged, differing...)
		try.noteRecent(differing)
		if page.Next == "" {
			return staged, nil
		}
		request.Cursor = page.Next
	}
}
