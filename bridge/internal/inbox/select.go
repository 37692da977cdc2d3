package inbox

import (
	"context"
	"fmt"
)

// Select returns the rows that wait or are parked and meet a condition, in their order and
// without their payloads.
func (b *Inbox) Select(ctx context.Context, such func(Parked) bool) (selected []Parked, err error) {
	for after := int64(0); ; {
		rows, err := b.store.parked(ctx, rowColumns, "id>$1 ORDER BY id LIMIT $2", after, pageRows)
		if err != nil || len(rows) == 0 {
			return selected, err
		}
		for _, row := range rows {
			after = row.ID
			if such(row) {
				row.Payload, row.Progress = nil, nil
				selected = append(selected, row)
			}
		}
	}
}

// ForgetKeys forgets the keys of rows that are done and have a text in them: what they name may
// be put again.
func (b *Inbox) ForgetKeys(ctx context.Context, text string) error {
	_, err := b.db.Exec(ctx, `DELETE FROM slack_inbox_key WHERE REPLACE(key, $1, '')<>key AND NOT EXISTS (
		SELECT 1 FROM slack_inbox WHERE slack_inbox.source=slack_inbox_key.source AND slack_inbox.key=slack_inbox_key.key)`, text)
	if err != nil {
		return fmt.Errorf("forget keys of rows that are done: %w", err)
	}
	return nil
}
