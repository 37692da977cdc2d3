package connector

import "time"

// pruneEvery is how often keys of events that are done are forgotten; the journal
// keeps each for a day at least.
const pruneEvery = 6 * time.Hour

// keepJournalSmall prunes the journal until the connector stops.
func (c *Connector) keepJournalSmall() {
	ticker := time.NewTicker(pruneEvery)
	defer ticker.Stop()
	for {
		forgotten, err := c.journal.Prune(c.stopping, time.Now())
		switch {
		case c.stopping.Err() != nil:
			return
		case err != nil:
			c.bridge.Log.Warn().Err(err).Msg("Could not prune the journal, will try again")
		case forgotten > 0:
			c.bridge.Log.Debug().Int64("events", forgotten).Msg("Pruned the journal")
		}
		select {
		case <-ticker.C:
		case <-c.stopping.Done():
			return
		}
	}
}
