package connector

import (
	"sync"
	"time"

	"maunium.net/go/mautrix/bridgev2/networkid"
)

// sweepDeletions is how many are noted before old ones are forgotten.
const sweepDeletions = 1000

// deletions are the messages that were deleted in Slack so shortly after they were
// said that they may yet come: Slack keeps no order between what it delivers and
// what it delivers again.
type deletions struct {
	mu    sync.Mutex
	noted map[networkid.MessageID]time.Time
}

func newDeletions() *deletions { return &deletions{noted: map[networkid.MessageID]time.Time{}} }

// note keeps in mind that a message said at a time is gone.
func (d *deletions) note(message networkid.MessageID, said, deleted time.Time) {
	if deleted.Sub(said) > lateOriginal {
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.noted[message] = time.Now()
	if len(d.noted) < sweepDeletions {
		return
	}
	for old, at := range d.noted {
		if time.Since(at) > lateOriginal {
			delete(d.noted, old)
		}
	}
}

// has says whether a message is known to be gone.
func (d *deletions) has(message networkid.MessageID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, noted := d.noted[message]
	return noted
}
