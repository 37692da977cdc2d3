package torture

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ops-jrz1/bridge/internal/failpoint"
)

// End is how a life of the bridge ends.
type End string

// The ways to end.
const (
	// Killed is SIGKILL at a random instant, or at the failpoint if that comes first.
	Killed End = "kill"
	// Stopped is SIGTERM, with SIGKILL after the unit's time.
	Stopped End = "stop"
	// Frozen is SIGSTOP for a while, as of a machine that is suspended, and then
	// SIGKILL.
	Frozen End = "freeze"
)

// Life is one run of the bridge's process.
type Life struct {
	End End
	// After is when it ends, counted from its start: it may not be up yet.
	After time.Duration
	// Failpoint is where it dies before that, in the form of failpoint.EnvKill.
	Failpoint string
	// Jump is by how much its clock moves for a moment, if it is not 0.
	Jump time.Duration
	// Freeze is how long it is frozen before it ends.
	Freeze time.Duration
	// Away is how long nothing runs afterwards.
	Away time.Duration
}

// String is one line for the log.
func (l Life) String() string {
	return fmt.Sprintf("%s after %s, failpoint %q, clock %+v, frozen %s, then away %s", l.End, l.After, l.Failpoint, l.Jump, l.Freeze, l.Away)
}

// Fault is something that breaks.
type Fault struct {
	// Wait is the pause before it.
	Wait time.Duration
	Name string
	// Lasts is how long it lasts, Count how many calls or envelopes it hits.
	Lasts time.Duration
	Count int
}

// String is one line for the log.
func (f Fault) String() string {
	return fmt.Sprintf("%s, for %s or %d times", f.Name, f.Lasts, f.Count)
}

// Schedule is what breaks when, derived from the seed. What breaks on one hop does not
// depend on how far another one is.
type Schedule struct {
	seed uint64
	// mean is how long a life of the bridge takes on average.
	mean       time.Duration
	weather    Weather
	failpoints bool
	lives      *rand.Rand
}

// newSchedule makes a schedule for lives that take mean on average.
func newSchedule(seed uint64, mean time.Duration, weather Weather, failpoints bool) *Schedule {
	return &Schedule{seed: seed, mean: mean, weather: weather, failpoints: failpoints, lives: source(seed, "bridge")}
}

// source returns the random numbers of one concern.
func source(seed uint64, concern string) *rand.Rand {
	name := fnv.New64a()
	_, _ = name.Write([]byte(concern))
	return rand.New(rand.NewPCG(seed, name.Sum64()))
}

// Life returns the bridge's next life.
func (s *Schedule) Life() Life {
	r := s.lives
	life := Life{End: Killed, After: between(r, s.mean/4, 2*s.mean), Away: away(r)}
	if s.weather == KillsAlone {
		return life
	}
	switch chance := r.IntN(100); {
	case chance < 8:
		life.End = Stopped
	case chance < 15:
		life.End, life.Freeze = Frozen, between(r, time.Second, 6*time.Second)
	case chance < 50 && s.failpoints:
		life.Failpoint = deadly(r)
		life.After = 2 * s.mean // Long enough to reach the failpoint.
	}
	if s.failpoints && r.IntN(12) == 0 {
		life.Jump = []time.Duration{-2 * time.Hour, -time.Minute, time.Minute, 2 * time.Hour}[r.IntN(4)]
	}
	return life
}

// rare are the failpoints that a life may reach once: those of long messages, of
// deletes and of reading history.
var rare = map[failpoint.Name]bool{
	failpoint.BetweenParts: true, failpoint.BetweenPieces: true, failpoint.RedactionRow: true, failpoint.PagePut: true,
}

// deadly picks a failpoint and a hit. Those are left out that only the first start reaches,
// and those of files, which no run shares.
func deadly(r *rand.Rand) string {
	names := slices.DeleteFunc(failpoint.Names(), func(n failpoint.Name) bool {
		return n == failpoint.Migration || n == failpoint.RoomFilled || strings.HasPrefix(string(n), "file-")
	})
	name, hit := names[r.IntN(len(names))], 1+r.IntN(6)
	if rare[name] {
		hit = 1
	}
	return fmt.Sprintf("%s:%d", name, hit)
}

// away is mostly as short as a restart, and sometimes a long absence.
func away(r *rand.Rand) time.Duration {
	switch chance := r.IntN(100); {
	case chance < 80:
		return between(r, 0, time.Second)
	case chance < 95:
		return between(r, time.Second, 5*time.Second)
	default:
		return between(r, 10*time.Second, 25*time.Second)
	}
}

// Faults is the endless list of what breaks on one hop.
type Faults struct {
	r     *rand.Rand
	mean  time.Duration
	names []string
}

// Faults makes the list of a hop: one of names about every mean. A name that is listed
// twice is picked twice as often.
func (s *Schedule) Faults(hop string, mean time.Duration, names ...string) *Faults {
	return &Faults{source(s.seed, hop), mean, names}
}

// Next returns the next fault.
func (f *Faults) Next() Fault {
	return Fault{
		Wait: between(f.r, f.mean/2, 3*f.mean/2), Name: f.names[f.r.IntN(len(f.names))],
		Lasts: between(f.r, 300*time.Millisecond, 3*time.Second), Count: 1 + f.r.IntN(8),
	}
}

func between(r *rand.Rand, least, most time.Duration) time.Duration {
	return least + time.Duration(r.Int64N(int64(most-least)))
}
