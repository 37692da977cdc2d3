package inbox

import (
	"context"
	"fmt"

	"go.mau.fi/util/dbutil"

	"ops-jrz1/bridge/internal/failpoint"
)

// takeOverJournal moves the rows of slack_journal, the queue of earlier versions, to
// the inbox and drops it. There a source was a login's id, and a lane a conversation.
func takeOverJournal(ctx context.Context, db *dbutil.Database) error {
	failpoint.Hit(failpoint.Migration)
	exists, err := db.TableExists(ctx, "slack_journal")
	if err != nil || !exists {
		return err
	}
	// A login's id is the team's and the bot's, joined by a dash.
	team := "substr(source, 1, instr(source, '-')-1)"
	if db.Dialect == dbutil.Postgres {
		team = "split_part(source, '-', 1)"
	}
	for _, query := range []string{
		`INSERT INTO slack_inbox (id, source, key, lane, kind, self, about, payload, arrived_ms)
			SELECT id, 'slack:' || source, key, ` + team + ` || '/' || lane, 'event', '', '', COALESCE(payload, ''), arrived_ms
			FROM slack_journal WHERE done_ms IS NULL ORDER BY id`,
		`INSERT INTO slack_inbox_key (source, key, seen_ms)
			SELECT 'slack:' || source, key, COALESCE(done_ms, arrived_ms) FROM slack_journal`,
		`UPDATE slack_inbox_id SET next = (SELECT COALESCE(MAX(id), 0)+1 FROM slack_journal)`,
		`DROP TABLE slack_journal`,
		`DROP TABLE IF EXISTS slack_journal_version`,
	} {
		if _, err := db.Exec(ctx, query); err != nil {
			return fmt.Errorf("take over slack_journal: %w", err)
		}
	}
	return nil
}
