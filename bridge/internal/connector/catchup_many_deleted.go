package connector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
	"ops-jrz1/bridge/internal/slackevent"
)

// When this many messages seem to be deleted, both in number and in proportion to what
// was read, it is more likely that Slack does not show them. A person is asked, in a row of its own:
// everything else that was missed does not wait for the answer.
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

// deletions stages the messages that are gone in Slack, as one if they are many.
func (try *catchup) deletions(ctx context.Context, compare *comparison) ([]slackdb.Staged, error) {
	gone, err := try.findDeleted(ctx, compare)
	if err != nil || len(gone) <= manyDeleted || len(gone)*manyDeletedPer <= try.state.Roots {
		return gone, err
	}
	many := manyGone{Shown: try.state.Roots}
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
		for _, part := range parts {
			part.Metadata.(*MessageMetadata).Asked = true
			if err := try.connector.bridge.DB.Message.Update(ctx, part); err != nil {
				return fmt.Errorf("note that a person is asked about %s: %w", part.ID, err)
			}
		}
	}
	return nil
}

// removeWhenTold parks the row the first time, which asks a person, and redacts the messages when
// the person has it tried again.
func (try *catchup) removeWhenTold(ctx context.Context, s slackdb.Staged) error {
	var many manyGone
	if err := json.Unmarshal(s.Payload, &many); err != nil {
		return inbox.Park(fmt.Errorf("read which messages are gone: %w", err))
	}
	if len(try.row.Progress) == 0 {
		if err := try.row.Keep(ctx, []byte(`{"asked":true}`)); err != nil {
			return err
		}
		return inbox.Park(many.question())
	}
	for _, ts := range many.TS {
		if err := try.remove(ctx, try.row, &slackevent.Message{Channel: try.span.Channel}, ts); err != nil {
			return err
		}
	}
	return nil
}

func (many manyGone) question() error {
	text := fmt.Sprintf("%d messages seem to have been deleted in Slack while the bridge was away (it shows %d), more than it redacts without being told; retry redacts them, drop keeps them", len(many.TS), many.Shown)
	return errors.New(text)
}
