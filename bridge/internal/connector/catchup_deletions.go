package connector

import (
	"context"
	"errors"
	"slices"

	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// findDeleted stages the messages that are in Matrix and gone in Slack. A message
// counts as deleted only if it is within what was read completely, and Slack confirms
// that it does not exist.
func (try *catchup) findDeleted(ctx context.Context, compare *comparison) (staged []slackdb.Staged, err error) {
	if try.state.Doubtful {
		return nil, nil
	}
	seen := make(map[string]bool, len(try.state.Seen))
	for _, ts := range try.state.Seen {
		seen[ts] = true
	}
	for id, parts := range compare.parts {
		_, channel, ts, err := slackid.ParseMessageID(id)
		if err != nil || channel != try.span.Channel || seen[ts] || slices.ContainsFunc(parts, goesByEvent) {
			continue
		}
		root, err := threadRootTS(parts[0])
		if err != nil || !try.wasRead(ts, root) {
			continue
		}
		gone, err := try.isGone(ctx, ts, root)
		if err != nil {
			return nil, err
		}
		if gone {
			staged = append(staged, slackdb.Staged{Place: "zz deleted " + ts, Kind: stagedDeletion, Payload: []byte(ts)})
		}
	}
	return staged, nil
}

// goesByEvent says whether a part is deleted by an event only: it comes from a database that has
// more than messages, or a person is asked about it.
func goesByEvent(part *database.Message) bool {
	meta, ok := part.Metadata.(*MessageMetadata)
	return ok && meta.TakenOver || isAskedAbout(part)
}

// isAskedAbout says whether a person is asked if a part may be redacted.
func isAskedAbout(part *database.Message) bool {
	meta, ok := part.Metadata.(*MessageMetadata)
	return ok && meta.Asked
}

// wasRead says whether a message would have been read if it existed; root is the root of
// its thread, "" in the channel.
func (try *catchup) wasRead(ts, root string) bool {
	if root != "" && root != ts {
		return slices.Contains(try.state.AskedThreads, root)
	}
	return !try.state.Beside && try.wasShown(ts)
}

// wasShown says whether a message of the channel would have been shown to the reading if
// it existed.
func (try *catchup) wasShown(ts string) bool {
	return try.state.Bottom != "" && !isEarlier(ts, try.state.Bottom)
}

// isThreadGone says whether an error means that a thread does not exist any more. Slack
// says the same of one that the workspace's plan hides.
func (try *catchup) isThreadGone(root string, err error) bool {
	var refused *slackapi.Error
	return errors.As(err, &refused) && refused.Code == "thread_not_found" && !try.state.Doubtful && try.wasShown(root)
}

// isGone asks Slack for one message; root is the root of its thread, "" in the channel.
func (try *catchup) isGone(ctx context.Context, ts, root string) (bool, error) {
	request := slackapi.HistoryRequest{Channel: try.span.Channel, Oldest: ts, Latest: ts, Inclusive: true, Limit: 1}
	read := try.api.History
	if root != "" && root != ts {
		request.ThreadTS, read = root, try.api.Replies
	}
	page, err := read(ctx, request)
	if try.isThreadGone(request.ThreadTS, err) {
		return true, nil
	}
	if err != nil {
		return false, unreadable(ctx, err)
	}
	found := slices.ContainsFunc(page.Messages, func(message *slackevent.Message) bool {
		return message.TS == ts && message.Subtype != slackevent.SubtypeTombstone
	})
	return !found && page.Unreadable == 0 && !page.Limited, nil
}
