package connector

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"maunium.net/go/mautrix/bridgev2"
	"maunium.net/go/mautrix/bridgev2/database"
	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
	"ops-jrz1/bridge/internal/slackid"
)

// appliedAtOnce is how many staged changes one attempt handles: after them others have
// their turn, and a stop need not wait.
const appliedAtOnce = 20

// apply handles what is staged, oldest first.
func (try *catchup) apply(ctx context.Context) error {
	staged, err := try.connector.db.NextStaged(ctx, try.state.Base, appliedAtOnce)
	if err != nil {
		return err
	}
	for _, s := range staged {
		if err := try.applyOne(ctx, s); err != nil {
			return err
		}
		if err := try.connector.db.DropStaged(ctx, try.state.Base, s); err != nil {
			return err
		}
	}
	if len(staged) == appliedAtOnce {
		return inbox.Later(0, errMore)
	}
	try.logRecovered(ctx)
	if err := try.lookAgain(ctx); err != nil {
		return err
	}
	return try.askOlderThreads(ctx)
}

// applyOne handles one staged change, or has it handled by a row of its own. A change that
// fails permanently gets a row, which is tried and parked like any other, so that the
// others go on. So does what a reading next to the conversation's lane has found: behind
// the waiting live events, it overtakes none of them.
func (try *catchup) applyOne(ctx context.Context, s slackdb.Staged) error {
	if s.Kind == stagedDeletions {
		return try.askAbout(ctx, s)
	}
	if try.row.Lane == try.beside() {
		return try.putStaged(ctx, s)
	}
	err := try.applyStaged(ctx, s)
	if err == nil || isTriedAgain(err) {
		return err
	}
	return try.putStaged(ctx, s)
}

// putStaged puts a row of kind staged at the end of the conversation's lane.
func (try *catchup) putStaged(ctx context.Context, s slackdb.Staged) error {
	payload, err := json.Marshal(stagedRow{Channel: try.span.Channel, Staged: s})
	if err != nil {
		return fmt.Errorf("encode what was staged of history: %w", err)
	}
	_, err = try.connector.inbox.Put(ctx, inbox.Row{
		Source: try.row.Source, Lane: try.lane(try.span.Channel), Kind: kindStaged,
		Key:     fmt.Sprintf("staged %d %s %s", try.state.Base, s.Kind, s.Place), // of this reading: a later one may show something else
		Payload: payload,
	})
	return err
}

// kindStaged is a change that was read from history and could not be handled at once.
const kindStaged = "staged"

// stagedRow is the payload of a row of kind staged.
type stagedRow struct {
	Channel string         `json:"channel"`
	Staged  slackdb.Staged `json:"staged"`
}

// handleStaged handles a row of kind staged.
func (c *Client) handleStaged(ctx context.Context, row *inbox.Attempt) error {
	var stored stagedRow
	if err := json.Unmarshal(row.Payload, &stored); err != nil {
		return inbox.Park(fmt.Errorf("read what was stored of history: %w", err))
	}
	try := &catchup{Client: c, row: row, span: span{Channel: stored.Channel}}
	return try.applyStaged(ctx, stored.Staged)
}

func (try *catchup) applyStaged(ctx context.Context, s slackdb.Staged) error {
	if carried, err := try.carriesFromSlack(ctx, try.span.Channel); !carried || err != nil {
		return err
	}
	if s.Kind == stagedDeletions {
		return try.removeWhenTold(ctx, s)
	}
	if s.Kind == stagedDeletion {
		return try.remove(ctx, try.row, &slackevent.Message{Channel: try.span.Channel}, string(s.Payload))
	}
	message := &slackevent.Message{}
	if err := json.Unmarshal(s.Payload, message); err != nil {
		return inbox.Park(fmt.Errorf("read what was staged of history: %w", err))
	}
	message.Channel = try.span.Channel
	switch s.Kind {
	case stagedMessage:
		if err := try.handleMessage(ctx, try.row, message); err != nil {
			return err
		}
		return try.editIfNewer(ctx, message)
	case stagedLost:
		return try.bridgePost(ctx, try.row, message, true)
	case stagedEdit:
		return try.editTo(ctx, message)
	case stagedLostFiles:
		return try.removeWithoutFiles(ctx, try.row, message, try.slackNow())
	case stagedReactions:
		return try.syncStagedReactions(ctx, message)
	}
	return inbox.Park(fmt.Errorf("%q is staged by a newer bridge", s.Kind))
}

// editTo makes a message in Matrix what it is in Slack. Edits within a second have one time:
// of these, one that an event told certainly after the message was read stays, and one that
// was told certainly before does not come after it (see asRead).
func (try *catchup) editTo(ctx context.Context, message *slackevent.Message) error {
	parts, err := try.shownParts(ctx, message)
	if err != nil {
		return err
	}
	change := &slackevent.Message{
		Subtype: slackevent.SubtypeChanged, Channel: try.span.Channel, EventTS: editTS(message),
		Message: message, PreviousMessage: try.withLostFiles(message, parts),
	}
	if read, err := slackid.ParseTimestamp(message.EventTS); err == nil {
		change.TS = slackTS(read.Add(2 * clockPrecision))
	}
	return try.handleEdit(ctx, try.row, change)
}

// shownParts are the parts of a message that was read which are in Matrix.
func (try *catchup) shownParts(ctx context.Context, message *slackevent.Message) ([]*database.Message, error) {
	key, err := try.conversations.portalKey(ctx, try.span.Channel, "")
	if err != nil {
		return nil, err
	}
	return try.partsOf(ctx, key.Receiver, slackid.MakeMessageID(try.team, try.span.Channel, message.TS))
}

// editIfNewer edits a message that was not in Matrix when the span was read, and that a
// live event has brought since in an older state.
func (try *catchup) editIfNewer(ctx context.Context, message *slackevent.Message) error {
	parts, err := try.shownParts(ctx, message)
	if err != nil {
		return err
	}
	if len(parts) == 0 {
		return nil
	}
	if !isNewer(message, parts) {
		if lost, err := try.hasLostFiles(ctx, message, parts); !lost || err != nil {
			return err
		}
	}
	return try.editTo(ctx, message)
}

// reactionsAge is how long the reactions that a reading next to the lane has shown are good
// for. Afterwards Slack is asked again: other readings and events may have been handled
// since. What a reading in the lane has shown, nothing there has overtaken.
const (
	reactionsAge      = time.Minute
	reactionsAgeFloor = 10 * time.Second
)

// syncStagedReactions makes the reactions to a message in Matrix what Slack has shown.
func (try *catchup) syncStagedReactions(ctx context.Context, message *slackevent.Message) error {
	shown, now := toldAt(try.row, message.EventTS), try.slackNow()
	if try.row.Kind == kindStaged && now.Sub(shown) > max(try.connector.scaled(reactionsAge), reactionsAgeFloor) {
		all, err := try.api.Reactions(ctx, message.Channel, message.TS)
		if err != nil {
			return unreadable(ctx, err)
		}
		message.Reactions, shown = all, now
	}
	return try.syncReactions(ctx, try.row, message, shown)
}

// syncReactions makes the reactions to a message in Matrix what Slack has shown at a time.
// Changes from later events stay.
func (c *Client) syncReactions(ctx context.Context, row *inbox.Attempt, message *slackevent.Message, shown time.Time) error {
	key, err := c.conversations.portalKey(ctx, message.Channel, "")
	if err != nil {
		return err
	}
	id, err := c.connector.db.MessageOf(ctx, key.Receiver, slackid.MakeMessageID(c.team, message.Channel, message.TS))
	if err != nil {
		return err
	}
	if known, err := c.isKnown(ctx, key, id); err != nil || !known {
		return err
	}
	standing, err := c.connector.bridge.DB.Reaction.GetAllToMessage(ctx, key.Receiver, id)
	if err != nil {
		return fmt.Errorf("load the reactions to %s: %w", id, err)
	}
	wanted, err := c.wantedReactions(ctx, id, message)
	if err != nil {
		return err
	}
	for _, reaction := range standing {
		held := slackdb.Held{Message: id, Sender: reaction.SenderID, Name: reaction.EmojiID}
		if wanted[held] || reaction.Timestamp.After(shown) {
			delete(wanted, held)
			continue
		}
		if err := c.changeReaction(ctx, row, key, bridgev2.RemoteEventReactionRemove, held, shown); err != nil {
			return err
		}
	}
	for held := range wanted {
		if err := c.changeReaction(ctx, row, key, bridgev2.RemoteEventReaction, held, shown); err != nil {
			return err
		}
	}
	return nil
}

func (c *Client) changeReaction(ctx context.Context, row *inbox.Attempt, key networkid.PortalKey, kind bridgev2.RemoteEventType, held slackdb.Held, at time.Time) error {
	change := &reaction{
		remoteEvent: remoteEvent{
			kind: kind, portal: key, sender: bridgev2.EventSender{Sender: held.Sender}, at: at,
			plan: newSendPlan(fmt.Sprintf("%s %s %s %d %s", held.Message, held.Sender, held.Name, kind, row.Key), "reaction"),
		},
		target: held.Message, name: string(held.Name),
	}
	if stands, err := c.prepareReaction(ctx, row, change, true); err != nil || !stands {
		return err
	}
	return c.submit(ctx, row, change)
}

// askOlderThreads puts the row that reads the conversation's older threads.
func (try *catchup) askOlderThreads(ctx context.Context) error {
	if try.row.Kind != kindCatchup || !try.state.Read {
		return nil
	}
	row, err := try.catchupRow(kindThreads, try.span)
	if err != nil {
		return err
	}
	row.Key += fmt.Sprintf(" after %d", try.row.ID)
	row.Lane += besideLane
	row.Progress, err = json.Marshal(catchupState{
		Latest: try.state.Latest, OtherThreads: try.state.AskedThreads, Bottom: try.state.Bottom, Beside: true,
		Shown: try.state.Shown, Deleted: try.state.Deleted,
	})
	if err != nil {
		return fmt.Errorf("encode the progress of a span: %w", err)
	}
	_, err = try.connector.inbox.Put(ctx, row)
	return err
}

// handleThreads handles a row of kind threads: it reads the threads that the channel's
// history did not show and that have had a reply in the last threadAge.
func (c *Client) handleThreads(ctx context.Context, row *inbox.Attempt) error {
	try, err := c.beginCatchup(ctx, row)
	if err != nil {
		return err
	}
	if !try.state.Read {
		if err := unreadable(ctx, try.readOlderThreads(try.patience(ctx))); err != nil {
			return err
		}
	}
	return try.apply(ctx)
}

func (try *catchup) readOlderThreads(ctx context.Context) error {
	compare, err := try.comparison(ctx)
	if err != nil || compare.portal == nil {
		return err
	}
	roots, err := try.connector.db.ThreadsSince(ctx, compare.portal.PortalKey, time.Now().Add(-threadAge))
	if err != nil {
		return err
	}
	for _, root := range roots {
		if _, channel, ts, err := slackid.ParseMessageID(root); err == nil && channel == try.span.Channel {
			try.wantThread(ts)
		}
	}
	if try.connector.roomOf(compare.portal) != "" && compare.portal.RoomType == database.RoomTypeDefault && !try.state.Members {
		if err := try.syncMembers(ctx, compare.portal); err != nil {
			return err
		}
		try.state.Members = true
		if err := try.keep(ctx, nil); err != nil {
			return err
		}
	}
	if err := try.readThreads(ctx, compare); err != nil {
		return err
	}
	gone, err := try.deletions(ctx, compare)
	if err != nil {
		return err
	}
	try.state.Read, try.state.Seen, try.state.Marked = true, nil, nil
	return try.keep(ctx, gone)
}
