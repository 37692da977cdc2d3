// Package doctor checks every hop between Slack and Matrix. A check has a name and runs
// in parallel with the others; a finding is data: what, where, how bad, the cure, and
// which exit code. [Run] makes a [Report] of them, which is printed for people or as
// JSON. What follows from another finding is left out: one cause is reported once.
//
// Checks look and change nothing: no table, no socket, no room. What they find never
// shows a secret.
package doctor

import (
	"context"
	"slices"
	"sync"
)

// check is one question to one hop.
type check struct {
	// name is what people and scripts call it by.
	name string
	// hop is between whom, or who is asked.
	hop string
	// gating checks decide whether a deployment holds; the others are reported.
	gating bool
	// needs are the names of checks without whose success this one says nothing.
	needs []string
	// after is the check that this one waits for, however it comes out.
	after string
	// about says what is asked, for the reference page.
	about string
	// run returns one line about what is well, and what is not. Both are redacted
	// before they are shown.
	run func(context.Context) (good string, found []Finding)
}

// runAll runs the checks side by side, each as soon as those that it needs are done,
// and returns their results in the order of the checks.
func runAll(ctx context.Context, checks []check) []Result {
	results := make([]Result, len(checks))
	done := make(map[string]chan struct{}, len(checks))
	at := make(map[string]int, len(checks))
	for i, c := range checks {
		done[c.name], at[c.name] = make(chan struct{}), i
	}
	var all sync.WaitGroup
	for i, c := range checks {
		all.Go(func() {
			defer close(done[c.name])
			for _, name := range c.needs {
				if done[name] == nil {
					continue // not asked this time
				}
				<-done[name]
				if state := results[at[name]].State; state != OK && state != Warned {
					results[i] = Result{Check: c.name, Hop: c.hop, Gating: c.gating, State: NotRun, Needs: name}
					return
				}
			}
			if before := done[c.after]; before != nil {
				<-before
			}
			results[i] = c.result(ctx)
		})
	}
	all.Wait()
	return results
}

// result runs the check.
func (c check) result(ctx context.Context) Result {
	good, found := c.run(ctx)
	r := Result{Check: c.name, Hop: c.hop, Gating: c.gating, State: OK, Good: good, Findings: found}
	for i := range found {
		found[i].Check, found[i].Hop, found[i].DependsOn = c.name, c.hop, c.needs
	}
	return r.judged()
}

// judged has the state that the findings make.
func (r Result) judged() Result {
	if len(r.Findings) > 0 {
		r.Good, r.State = "", slices.MaxFunc(r.Findings, bySeverity).Severity.state()
	}
	return r
}
