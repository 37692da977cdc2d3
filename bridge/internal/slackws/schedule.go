package slackws

import "time"

// The waits between attempts, before Config.Scale.
const (
	// firstStep is the wait after the second loss of a socket in a row, and
	// after the first failure to reach Slack; it doubles up to lastStep.
	firstStep = time.Second
	lastStep  = 60 * time.Second
	// refusedWait follows each refusal after those that have a wait of their own.
	refusedWait = 60 * time.Second
	// stableAfter is how long a connection has to live for what went wrong before it
	// not to count any more.
	stableAfter = 60 * time.Second
	// After a refusal no more than maxOpens are made within openSpan.
	maxOpens = 4
	openSpan = 60 * time.Second
)

// refusedWaits follow the first refusals in a row: Slack refuses now and then what it
// takes a moment later, good tokens included.
func refusedWaits() []time.Duration {
	return []time.Duration{2 * time.Second, 5 * time.Second, 15 * time.Second}
}

// class is what the schedule distinguishes.
type class int

const (
	// lost: the socket had said hello and was refreshed or cut.
	lost class = iota
	// unreachable: Slack could not be reached at all.
	unreachable
	// refused: Slack answered, and not with a working socket.
	refused
	// dead: Slack says that it will not work until a person changes something.
	dead
)

// schedule knows how long to wait before the next attempt. A connection that is
// lost is reopened at once; one that is lost again soon after, or a network that
// is down, after 1 s doubling to 60 s; a refusal after 2, 5 and 15 s, then every 60 s.
// What needs a person is a refusal like others, and confirmed when all of the first
// tries ended in it; that the app was uninstalled is confirmed at once.
type schedule struct {
	losses   int // in a row, without a stable connection between them
	refusals int // likewise
	deaths   int // those of the refusals that need a person
	// cause is the first of the deaths if it says more than that the token is refused.
	cause Reason
	opens []time.Time // the last ones, maxOpens at most
}

// opened notes an attempt.
func (s *schedule) opened(at time.Time) {
	s.opens = append(s.opens, at)
	if len(s.opens) > maxOpens {
		s.opens = s.opens[1:]
	}
}

// next returns the wait after f, multiplied by scale, and completes f. What Slack
// itself asks for with Retry-After is not scaled, and may make it longer.
func (s *schedule) next(f *fault, now time.Time, scale float64) time.Duration {
	scaled := func(d time.Duration) time.Duration { return time.Duration(float64(d) * scale) }
	if f.lived >= stableAfter {
		s.losses, s.refusals = 0, 0
	}
	if f.lived >= stableAfter || f.lived > 0 && f.class != dead {
		s.deaths, s.cause = 0, "" // it did work
	}
	if f.class == refused || f.class == dead {
		wait := max(scaled(s.refused(f)), f.retryAfter)
		if len(s.opens) == maxOpens {
			wait = max(wait, s.opens[0].Add(scaled(openSpan)).Sub(now))
		}
		return wait
	}
	if f.class == unreachable {
		s.losses = max(s.losses, 1)
	}
	wait := step(s.losses)
	s.losses++
	return max(scaled(wait), f.retryAfter)
}

// refused counts a refusal and returns the wait after it.
func (s *schedule) refused(f *fault) time.Duration {
	waits := refusedWaits()
	wait := refusedWait
	if s.refusals < len(waits) {
		wait = waits[s.refusals]
	}
	s.refusals++
	if f.class == dead {
		s.deaths++
		if f.reason == ReasonDeadToken && s.cause != "" {
			f.reason = s.cause
		} else if f.reason != ReasonDeadToken {
			s.cause = f.reason
		}
		f.confirmed = s.deaths > len(waits)
	}
	if f.reason == ReasonUninstalled { // an event said so, there is nothing to confirm
		f.confirmed, wait = true, refusedWait
	}
	return wait
}

// step is 0 for the first loss, then 1 s, 2 s, 4 s … 60 s.
func step(losses int) time.Duration {
	if losses == 0 {
		return 0
	}
	wait := firstStep
	for range losses - 1 {
		wait = min(2*wait, lastStep)
		if wait == lastStep {
			break
		}
	}
	return wait
}
