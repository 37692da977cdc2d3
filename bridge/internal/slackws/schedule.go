package slackws

import "time"

// The waits between attempts, before Config.Scale.
const (
	// firstStep is the wait after the second loss of a socket in a row, and
	// after the first failure to reach Slack; it doubles up to lastStep.
	firstStep = time.Second
	lastStep  = 60 * time.Second
	// refusedWait follows an error of the API and a socket that was refused
	// before its hello.
	refusedWait = 60 * time.Second
	// stoppedWait follows what only a person can cure.
	stoppedWait = 10 * time.Minute
	// stableAfter is how long a connection has to live for its loss to count as
	// the first one again.
	stableAfter = 60 * time.Second
)

// class is what the schedule distinguishes.
type class int

const (
	// lost: the socket had said hello and was refreshed or cut.
	lost class = iota
	// unreachable: Slack could not be reached at all.
	unreachable
	// refused: Slack answered, and not with a working socket.
	refused
	// stopped: it will not work until a person changes something.
	stopped
)

// schedule knows how long to wait before the next attempt. A connection that is
// lost is reopened at once; one that is lost again soon after, or a network that
// is down, after 1 s doubling to 60 s; a refusal after at least 60 s; a state
// that needs a person after 10 minutes.
type schedule struct {
	losses int // in a row, without a stable connection between them
}

// next returns the wait after f, before Config.Scale. What Slack itself asks for
// with Retry-After may make it longer.
func (s *schedule) next(f *fault) time.Duration {
	if f.lived >= stableAfter {
		s.losses = 0
	}
	switch f.class {
	case stopped:
		return stoppedWait
	case refused:
		return refusedWait
	case unreachable:
		s.losses = max(s.losses, 1)
	}
	wait := step(s.losses)
	s.losses++
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
