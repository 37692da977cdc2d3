package connector

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"sync"
	"time"

	"maunium.net/go/mautrix/bridgev2/networkid"

	"ops-jrz1/bridge/internal/inbox"
	"ops-jrz1/bridge/internal/slackdb"
)

// sweepDeletions is how many are kept in memory before old ones are forgotten.
const sweepDeletions = 1000

// deletions are what is gone in Slack and may still be delivered: deleted messages and
// removed reactions. Slack does not keep the order of events that it delivers again, also
// across a restart of the bridge, so they are in the database and, for look-ups, in
// memory.
type deletions struct {
	mu   sync.Mutex
	db   *slackdb.DB
	gone map[string]goneItem
	// sweepAt is how many there are before old ones are forgotten the next time.
	sweepAt int
}

// goneItem is when something was removed according to Slack, and when that was noted.
type goneItem struct{ at, noted time.Time }

func newDeletions() *deletions {
	return &deletions{gone: map[string]goneItem{}, sweepAt: sweepDeletions}
}

// load reads what was noted during the time in which Slack may deliver again.
func (d *deletions) load(ctx context.Context, db *slackdb.DB) error {
	noted, err := db.Gone(ctx, time.Now().Add(-inbox.KeepKeys))
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.db = db
	for what, at := range noted {
		d.gone[what] = goneItem{at, time.Now()}
	}
	return nil
}

// note remembers that something is gone, and since when.
func (d *deletions) note(ctx context.Context, what string, at time.Time) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	known, noted := d.gone[what]
	if noted && !at.After(known.at) && now.Sub(known.noted) < inbox.KeepKeys/2 {
		return nil
	}
	if err := d.db.PutGone(ctx, what, at, now); err != nil {
		return fmt.Errorf("note that %s is gone: %w", what, err)
	}
	d.gone[what] = goneItem{latest(at, known.at), now}
	d.sweep(now)
	return nil
}

// sweep forgets what was noted longer ago than Slack delivers again, whenever it was
// removed. The lock is held.
func (d *deletions) sweep(now time.Time) {
	if len(d.gone) < d.sweepAt {
		return
	}
	maps.DeleteFunc(d.gone, func(_ string, g goneItem) bool { return now.Sub(g.noted) > inbox.KeepKeys })
	d.sweepAt = max(sweepDeletions, 2*len(d.gone))
}

// rename notes that the messages of a channel have other ids; the database does so itself.
func (d *deletions) rename(from, to networkid.PortalID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	old, now := " "+string(from)+"-", " "+string(to)+"-"
	for what, item := range d.gone {
		if strings.Contains(what, old) {
			delete(d.gone, what)
			d.gone[strings.Replace(what, old, now, 1)] = item
		}
	}
}

// has says whether something from that time is known to be gone. A zero time means any.
func (d *deletions) has(what string, at time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	known, noted := d.gone[what]
	return noted && (at.IsZero() || !at.After(known.at))
}

func goneMessage(message networkid.MessageID) string { return "message " + string(message) }

func goneReaction(message networkid.MessageID, user networkid.UserID, name string) string {
	return "reaction " + string(message) + " " + string(user) + " " + name
}
