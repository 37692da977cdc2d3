package connector

import (
	"context"
	"fmt"
	"slices"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// A reading asks for the channel first and then for one thread after the other, while
// people go on writing. Its answers must not overtake what was said before them where it had
// looked already. So it looks once more, up to the newest answer that it has found: what was
// said before that is in Slack by now.

// meanwhile is the ts from which on messages may have been said while this was read, as far as
// Slack's clock is known.
func (try *catchup) meanwhile() (string, error) {
	began, err := slackid.ParseTimestamp(try.state.Latest)
	if err != nil {
		return "", fmt.Errorf("read when the reading began: %w", err)
	}
	return slackTS(began.Add(-2 * clockPrecision)), nil // Latest is one later than the clock
}

// noteRecent remembers the newest answer that may have been said after the channel was read.
func (try *catchup) noteRecent(staged []slackdb.Staged) {
	since, err := try.meanwhile()
	if err != nil {
		return // it was not known when the reading began
	}
	for _, s := range staged {
		if s.Kind == stagedMessage && !isEarlier(s.Place, since) && (try.state.Recent == "" || isLater(s.Place, try.state.Recent)) {
			try.state.Recent = s.Place
		}
	}
}

// readMeanwhile stages what was said before the answer that noteRecent remembers, in the channel and
// in all its threads, and was not shown at the first look.
func (try *catchup) readMeanwhile(ctx context.Context, compare *comparison) error {
	if try.state.Recent == "" || try.state.Beside {
		return nil
	}
	since, err := try.meanwhile()
	if err != nil {
		return err
	}
	try.asked = try.slackNow()
	said, threads, err := try.saidMeanwhile(ctx, since)
	if err != nil {
		return err
	}
	for _, root := range threads {
		answers, err := try.answeredMeanwhile(ctx, root, since)
		if gone := try.isThreadGone(root, err); !gone && unreadable(ctx, err) != nil {
			return err
		}
		said = append(said, answers...)
	}
	said = slices.DeleteFunc(said, func(message *slackevent.Message) bool {
		known := slices.Contains(try.state.Seen, message.TS)
		try.state.Seen = append(try.state.Seen, message.TS)
		return known
	})
	staged, err := compare.differences(ctx, try, said)
	if err != nil {
		return err
	}
	try.state.Recent = ""
	return try.keep(ctx, staged)
}

// saidMeanwhile returns the channel's messages of that time and the threads that were
// answered in it.
func (try *catchup) saidMeanwhile(ctx context.Context, since string) (said []*slackevent.Message, threads []string, err error) {
	request := slackapi.HistoryRequest{Channel: try.span.Channel, Oldest: slackTS(try.span.reach()), Latest: try.state.Recent, Limit: historyLimit}
	for roots := 0; ; {
		page, err := try.api.History(ctx, request)
		if err != nil {
			return nil, nil, err
		}
		try.state.Doubtful = try.state.Doubtful || page.Unreadable > 0
		for _, message := range page.Messages {
			if !isEarlier(message.TS, since) {
				said = append(said, message)
			}
			if message.LatestReply != "" && !isEarlier(message.LatestReply, since) {
				threads = append(threads, message.TS)
			}
		}
		roots += len(page.Messages)
		if request.Cursor = page.Next; page.Next == "" || roots >= lookBackRoots {
			return said, threads, nil
		}
	}
}

// answeredMeanwhile returns a thread's answers of that time.
func (try *catchup) answeredMeanwhile(ctx context.Context, root, since string) (answers []*slackevent.Message, err error) {
	request := slackapi.HistoryRequest{
		Channel: try.span.Channel, ThreadTS: root, Oldest: since, Latest: try.state.Recent, Limit: historyLimit,
	}
	for {
		page, err := try.api.Replies(ctx, request)
		if err != nil {
			return nil, err
		}
		try.state.Doubtful = try.state.Doubtful || page.Unreadable > 0
		answers = append(answers, slices.DeleteFunc(page.Messages, func(message *slackevent.Message) bool {
			return !inThread(message) || isEarlier(message.TS, since)
		})...)
		if page.Next == "" {
			return answers, nil
		}
		request.Cursor = page.Next
	}
}
