package torture

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"time"

	"ops-jrz1/bridge/internal/emulator/socket"
)

// Counts are how often each process was killed.
type Counts struct{ Bridge, Homeserver, Database int }

// Report is what a run did and found.
type Report struct {
	Options Options
	// Commit is what was tested, Program the path if it was another program.
	Commit, Program string
	// Items is how much happened on each side.
	Items   map[Side]int
	Verdict Verdict
	// Envelopes is the outcome of Slack's events.
	Envelopes socket.Summary
	// Traffic is how long people talked, Settled how long it took after that until
	// nothing changed any more, Took how long the whole run took.
	Traffic, Settled, Took time.Duration
	// Restless says that things were still changing at settleLimit.
	Restless bool

	mu         sync.Mutex
	kills      Counts
	failpoints map[string]int
	// finished, unfinished and unasked count the kills by what was in the database.
	finished, unfinished, unasked int
	exits                         map[int]int
	faults                        map[string]int
}

func newReport(options Options) *Report {
	r := &Report{Options: options, Program: options.Bridge, failpoints: map[string]int{}, exits: map[int]int{}, faults: map[string]int{}, Items: map[Side]int{}}
	// Without git the commit is not known.
	if out, err := exec.Command("git", "-C", options.Root, "describe", "--always", "--dirty").Output(); err == nil {
		r.Commit = strings.TrimSpace(string(out))
	}
	return r
}

func (r *Report) killed(failpoint string, rows int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills.Bridge++
	if name, _, _ := strings.Cut(failpoint, ":"); name != "" {
		r.failpoints[name]++
	}
	switch {
	case rows == unknown:
		r.unasked++
	case rows == 0:
		r.finished++
	default:
		r.unfinished++
	}
}

func (r *Report) homeserverKilled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills.Homeserver++
}

func (r *Report) databaseKilled() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.kills.Database++
}

func (r *Report) exit(code int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.exits[code]++
}

func (r *Report) fault(name string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults[name]++
}

// Kills returns how often each process was killed so far.
func (r *Report) Kills() Counts {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.kills
}

func (r *Report) count(l *Ledger) {
	for _, side := range []Side{Slack, Matrix} {
		r.Items[side] = l.Items(side)
	}
}

// Lost is how much was lost in either direction.
func (r *Report) Lost() int { return r.Verdict.Count(Slack, Lost) + r.Verdict.Count(Matrix, Lost) }

// OK says that the bridge kept its promise.
func (r *Report) OK() bool { return r.Verdict.Clean() && !r.Restless }

// shownFindings limits how many findings the report lists.
const shownFindings = 60

// Write prints the report.
func (r *Report) Write(out io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "%-22s "+format+"\n", append([]any{name}, args...)...)
	}
	line("seed", "%d", r.Options.Seed)
	line("commit", "%s", cmp.Or(r.Commit, "unknown"))
	if r.Program != "" {
		line("another program", "%s", r.Program)
	}
	line("what broke", "%s", r.Options.Weather)
	line("database", "%s", map[bool]string{true: "PostgreSQL", false: "SQLite"}[r.Options.Postgres])
	line("manners", "%s", map[bool]string{true: "continuwuity", false: "Synapse"}[r.Options.Continuwuity])
	line("took", "%s, of which people talked for %s; everything had settled %s later", r.Took.Round(time.Second), r.Traffic.Round(time.Second), r.Settled.Round(time.Second))
	line("kills", "%d of the bridge, %d of the homeserver, %d of the database", r.kills.Bridge, r.kills.Homeserver, r.kills.Database)
	line("at failpoints", "%s", counted(r.failpoints))
	line("a row was unfinished", "at %d kills; none was at %d, the database could not be asked at %d", r.unfinished, r.finished, r.unasked)
	line("other faults", "%s", counted(r.faults))
	line("ends of its own", "%s", counted(r.exits))
	line("events of Slack", "%d, of which %d came again and Slack gave %d up", r.Envelopes.Envelopes, r.Envelopes.Redelivered, r.Envelopes.Dropped)
	for _, side := range []Side{Slack, Matrix} {
		line(fmt.Sprintf("%s → %s", side, side.Other()), "%d items, %d lost (%d whole messages), %d doubled, %d out of order, %d overtaken as their events were", r.Items[side],
			r.Verdict.Count(side, Lost), r.Verdict.Messages(side), r.Verdict.Count(side, Doubled), r.Verdict.Count(side, Disorder), r.Verdict.Count(side, Unordered))
	}
	if wrong := r.Verdict.Count(Slack, Source) + r.Verdict.Count(Matrix, Source); wrong > 0 {
		line("the run itself", "%d messages are not as written on their own side", wrong)
	}
	if r.Restless {
		line("restless", "things went on changing for %s", settleLimit)
	}
	r.findings(&b)
	_, err := io.WriteString(out, b.String())
	return err
}

func (r *Report) findings(b *strings.Builder) {
	shown := 0
	for _, f := range r.Verdict {
		if f.Kind == Unordered {
			continue
		}
		if shown++; shown > shownFindings {
			fmt.Fprintf(b, "  … and more\n")
			return
		}
		fmt.Fprintf(b, "  %s\n", f)
	}
}

// counted lists what was counted, by name.
func counted[K cmp.Ordered](counts map[K]int) string {
	parts := []string{}
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		parts = append(parts, fmt.Sprintf("%v %d", name, counts[name]))
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}
