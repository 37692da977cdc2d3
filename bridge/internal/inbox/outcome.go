package inbox

import (
	"errors"
	"fmt"
	"time"
)

// What a handler may return apart from nil, which means that the row is done:
//
//   - [Later]: the row has to wait for something that is no fault, such as a rate
//     limit. It is tried again after that time, as often as it takes.
//   - [Park]: no repetition helps. The row is parked.
//   - any other error: [Policy.Transient] says whether it passes by itself.

// Later says that a row cannot be handled yet and when to try again. why is kept for
// the log and for statistics.
func Later(after time.Duration, why error) error { return &laterError{after: after, error: why} }

// LaterOrNext is Later for a row that lets others go first because none waits behind it: it is
// tried again as soon as one does. The handler must have seen none.
func LaterOrNext(after time.Duration, why error) error {
	return &laterError{after: after, orNext: true, error: why}
}

type laterError struct {
	error
	after  time.Duration
	orNext bool
}

func (e *laterError) Unwrap() error { return e.error }

// Park says that a row cannot be handled and why.
func Park(reason error) error { return &parkError{error: reason} }

// ParkKeeping is Park with what the next try needs to know, which is committed with it: only a try
// that a person has asked for has it.
func ParkKeeping(reason error, progress []byte) error {
	return &parkError{error: reason, progress: progress}
}

type parkError struct {
	error
	progress []byte
}

func (e *parkError) Unwrap() error { return e.error }

// LaterFrom returns after which time an error made by [Later] asks for another try.
func LaterFrom(err error) (after time.Duration, ok bool) {
	var later *laterError
	if errors.As(err, &later) {
		return later.after, true
	}
	return 0, false
}

// endsWithNext says whether an error was made by [LaterOrNext].
func endsWithNext(err error) bool {
	var later *laterError
	return errors.As(err, &later) && later.orNext
}

// IsPark says whether an error was made by [Park].
func IsPark(err error) bool {
	var park *parkError
	return errors.As(err, &park)
}

// errPanic stands for a panic of the handler.
var errPanic = errors.New("the handler panicked; please report it with the log")

// The waits between tries: the first one, doubling to the longest.
const (
	firstWait   = time.Second
	longestWait = 15 * time.Second
	// shortestWait is what [Later] waits at least, so that it cannot spin.
	shortestWait = 10 * time.Millisecond
	// maxTries is how often a row is tried whose error does not pass by itself.
	maxTries = 3
)

// backoff is the wait after the n-th try, from 1.
func backoff(n int) time.Duration {
	wait := firstWait
	for ; n > 1 && wait < longestWait; n-- {
		wait *= 2
	}
	return min(wait, longestWait)
}

// Attempt is one try at a row.
type Attempt struct {
	Row
	// Try counts the tries of the row in this process, from 1.
	Try int
	// Unsure says that an earlier try may have had its effect without an
	// answer: one of an earlier process, one before the row was parked, one that
	// panicked or was cut off, or one that the handler marked. The handler then
	// looks for the effect before it makes it again.
	Unsure bool

	box   *Inbox
	queue *queue
	begun bool
}

// Doubt notes that this try may have its effect without an answer: the next one is
// [Attempt.Unsure].
func (a *Attempt) Doubt() {
	a.box.mu.Lock()
	defer a.box.mu.Unlock()
	if a.queue.isFirst(a.ID) {
		a.queue.doubt = true
	}
}

// Sure notes that no earlier process can have begun the rows that come after this
// one in its lane. The handler says so when it has looked for the effect of the row and
// found none: rows are handled in order. An effect that it has found proves nothing, since
// marks of rows that are done are written after the next row has begun. A row that was
// parked stays unsure.
func (a *Attempt) Sure() {
	a.box.mu.Lock()
	defer a.box.mu.Unlock()
	a.queue.inherited = false
}

func (a *Attempt) String() string { return fmt.Sprintf("row %d (%s %s)", a.ID, a.Kind, a.Key) }
