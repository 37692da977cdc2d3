package connector

import (
	"context"
	"fmt"
	"sync"
	"time"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
)

// sweepDeletions is how many are kept in memory before old ones are forgotten.
const sweepDeletions = 1000

// deletions are what is gone in Slack and may yet come: messages that were deleted and
// reactions that were taken back. Slack keeps no order between what it delivers and
// what it delivers again, also over a restart of the bridge, so they are in the
// database and, for reading, in memory.
type deletions struct {
	mu   sync.Mutex
	db   *slackdb.DB
	gone map[string]time.Time // what is gone, and when Slack says it went
}

func newDeletions() *deletions { return &deletions{gone: map[string]time.Time{}} }

// load reads what was noted within the time in which Slack may deliver again.
func (d *deletions) load(ctx context.Context, db *slackdb.DB) error {
	gone, err := db.Gone(ctx, time.Now().Add(-inbox.KeepKeys))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.db, d.gone = db, gone
	return nil
}

// note keeps in mind that something is gone, and since when.
func (d *deletions) note(ctx context.Context, what string, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if known, noted := d.gone[what]; noted && !at.After(known) {
		return nil
	}
	if err := d.db.PutGone(ctx, what, at, time.Now()); err != nil {
		return fmt.Errorf("note that %s is gone: %w", what, err)
	}
	d.gone[what] = at
	if len(d.gone) >= sweepDeletions {
		for old, at := range d.gone {
			if time.Since(at) > inbox.KeepKeys {
				delete(d.gone, old)
			}
		}
	}
	return nil
}

// has says whether something of a time is known to be gone. A zero time means any.
func (d *deletions) has(what string, at time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	gone, noted := d.gone[what]
	return noted && (at.IsZero() || !at.After(gone))
}

func goneMessage(message networkid.MessageID) string { return "message " + string(message) }

func goneReaction(message networkid.MessageID, user networkid.UserID, name string) string {
	return "reaction " + string(message) + " " + string(user) + " " + name
}
