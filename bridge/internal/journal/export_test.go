package journal

import "time"

// SetClock replaces the journal's clock.
func (j *Journal) SetClock(now func() time.Time) { j.now = now }
