package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"maunium.net/go/mautrix/bridgev2/database"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// When this many messages of a conversation seem to be deleted, both in number and in proportion to
// what was read, it is more likely that Slack does not show them. A person is asked, in a row of its
// own: everything else that was missed does not wait for the answer. The older threads are read
// afterwards by another row, which goes on counting and has a question of its own.
const (
	manyDeleted    = 20
	manyDeletedPer = 10 // one in this many
)

// stagedDeletions are more messages than are redacted without a person's word.
const stagedDeletions = "deletions"

// manyGone is the payload of stagedDeletions: the ts of the messages, and how many others Slack has shown.
type manyGone struct {
	TS    []string `json:"ts"`
	Shown int      `json:"shown"`
}

// deletions stages the messages that are gone in Slack or of which it shows a mark alone, as one if they
// are many.
func (try *catchup) deletions(ctx context.Context, compare *comparison) ([]slackdb.Staged, error) {
	gone, err := try.findDeleted(ctx, compare)
	for _, ts := range try.state.Marked {
		gone = append(gone, slackdb.Staged{Place: "zz deleted " + ts, Kind: stagedDeletion, Payload: []byte(ts)})
	}
	try.state.Deleted += len(gone)
	if err != nil || len(gone) == 0 || try.state.Deleted <= manyDeleted || try.state.Deleted*manyDeletedPer <= try.state.Shown {
		return gone, err
	}
	many := manyGone{Shown: try.state.Shown}
	for _, s := range gone {
		many.TS = append(many.TS, string(s.Payload))
	}
	payload, err := json.Marshal(many)
	if err != nil {
		return nil, fmt.Errorf("encode which messages are gone: %w", err)
	}
	return []slackdb.Staged{{Place: "zz deletions", Kind: stagedDeletions, Payload: payload}}, nil
}

// askAbout puts the row that asks, and notes with the messages that it is there: later readings
// leave them to it, also when it is dropped.
func (try *catchup) askAbout(ctx context.Context, s slackdb.Staged) error {
	if carried, err := try.carriesFromSlack(ctx, try.span.Channel); !carried || err != nil {
		return err
	}
	var many manyGone
	if err := json.Unmarshal(s.Payload, &many); err != nil {
		return fmt.Errorf("read which messages are gone: %w", err)
	}
	if err := try.putStaged(ctx, s); err != nil {
		return err
	}
	for _, ts := range many.TS {
		parts, err := try.shownParts(ctx, &slackevent.Message{TS: ts})
		if err != nil {
			return err
		}
		if err := try.noteAsked(ctx, parts, true); err != nil {
			return err
		}
	}
	return nil
}

// removeWhenTold parks the row the first time, which asks a person, and redacts the messages when
// the person has it tried again. That it was asked is committed with the park.
func (try *catchup) removeWhenTold(ctx context.Context, s slackdb.Staged) error {
	var many manyGone
	if err := json.Unmarshal(s.Payload, &many); err != nil {
		return inbox.Park(fmt.Errorf("read which messages are gone: %w", err))
	}
	if len(try.row.Progress) == 0 {
		return inbox.ParkKeeping(many.question(), []byte(`{"asked":true}`))
	}
	try.state.Base, try.state.Bottom = try.row.ID, slackTS(time.Unix(0, 0)) // only what was shown completely is asked about
	for _, ts := range many.TS {
		if err := try.removeIfGone(ctx, ts); err != nil {
			return err
		}
	}
	return nil
}

// removeIfGone redacts a message that a person was asked about. Slack may show it again by now. What
// cannot be redacted gets a row of its own, so that the others go on.
func (try *catchup) removeIfGone(ctx context.Context, ts string) error {
	parts, err := try.shownParts(ctx, &slackevent.Message{TS: ts})
	if err != nil || len(parts) == 0 {
		return err
	}
	root, err := threadRootTS(parts[0])
	if err != nil {
		return inbox.Park(err)
	}
	gone, err := try.isGone(try.patience(ctx), ts, root)
	if err != nil {
		return err
	}
	if !gone {
		return try.noteAsked(ctx, parts, false)
	}
	err = try.remove(ctx, try.row, &slackevent.Message{Channel: try.span.Channel}, ts)
	if err == nil || isTriedAgain(err) {
		return err
	}
	return try.putStaged(ctx, slackdb.Staged{Place: "zz deleted " + ts, Kind: stagedDeletion, Payload: []byte(ts)})
}

// noteAsked notes with a message whether a person is asked about it.
func (try *catchup) noteAsked(ctx context.Context, parts []*database.Message, asked bool) error {
	for _, part := range parts {
		part.Metadata.(*MessageMetadata).Asked = asked
		if err := try.connector.bridge.DB.Message.Update(ctx, part); err != nil {
			return fmt.Errorf("note whether a person is asked about %s: %w", part.ID, err)
		}
	}
	return nil
}

func (many manyGone) question() error {
	text := fmt.Sprintf("%d messages seem to have been deleted in Slack while the bridge was away (it shows %d), more than it redacts without being told; retry redacts them, drop keeps them", len(many.TS), many.Shown)
	return errors.New(text)
}
