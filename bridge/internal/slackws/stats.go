package slackws

import "sync/atomic"

// Stats counts what happened since the session was made.
type Stats struct {
	Opens      int64 // attempts to open a socket
	Frames     int64 // data frames received
	Unreadable int64 // frames that are no envelope; not acknowledged
	Dropped    int64 // envelopes for which the queue had no room; not acknowledged
	Unhandled  int64 // envelopes for which Handle failed; not acknowledged
	Acked      int64 // envelopes acknowledged
	Unacked    int64 // envelopes handled whose acknowledgement could not be sent
	Gaps       int64 // times of which OnGap was told
}

type counters struct {
	opens, frames, unreadable, dropped, unhandled, acked, unacked, gaps atomic.Int64
}

// Stats returns the present counts. It may be called at any time.
func (s *Session) Stats() Stats {
	return Stats{
		Opens:      s.counts.opens.Load(),
		Frames:     s.counts.frames.Load(),
		Unreadable: s.counts.unreadable.Load(),
		Dropped:    s.counts.dropped.Load(),
		Unhandled:  s.counts.unhandled.Load(),
		Acked:      s.counts.acked.Load(),
		Unacked:    s.counts.unacked.Load(),
		Gaps:       s.counts.gaps.Load(),
	}
}

// Plus adds up the counts of two sessions.
func (s Stats) Plus(t Stats) Stats {
	return Stats{
		Opens:      s.Opens + t.Opens,
		Frames:     s.Frames + t.Frames,
		Unreadable: s.Unreadable + t.Unreadable,
		Dropped:    s.Dropped + t.Dropped,
		Unhandled:  s.Unhandled + t.Unhandled,
		Acked:      s.Acked + t.Acked,
		Unacked:    s.Unacked + t.Unacked,
		Gaps:       s.Gaps + t.Gaps,
	}
}
