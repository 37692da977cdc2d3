package doctor

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
)

// TestNothingIsItsOwnCause: whatever is found, something of it is left, and the doctor
// does not end well.
func TestNothingIsItsOwnCause(t *testing.T) {
	var all []Result
	for _, rule := range consequences() {
		for _, s := range append(rule.effects, rule.causes...) {
			f := s.code.found("", "", "")
			f.unit, f.Check = s.unit, string(s.code)+s.unit
			all = append(all, Result{Check: f.Check, Gating: true, State: Failed, Findings: []Finding{f}})
		}
	}
	left := map[string]bool{}
	results := onlyCauses(all)
	for _, r := range results {
		if r.State != NotRun {
			left[r.Check] = true
		}
	}
	for _, r := range results {
		require.True(t, r.State != NotRun || left[r.Needs], "%s names %s, which is left out as well", r.Check, r.Needs)
	}
	require.True(t, left[string(configMistake)])
	require.False(t, newReport(results, false).OK)
}

// TestWhatIsLeftIsJudgedAgain: a check of which one finding follows from another has the
// state of the rest.
func TestWhatIsLeftIsJudgedAgain(t *testing.T) {
	silent, warned, refused := bridgeSilent.found("", "", ""), pingUnknown.found("", "", ""), tokenRefused.found("", "", "")
	refused.Check = checkToken
	results := onlyCauses([]Result{
		{Check: checkToken, State: Failed, Findings: []Finding{refused}},
		{Check: checkBridge, State: Failed, Findings: []Finding{silent, warned}},
	})
	require.Equal(t, Result{Check: checkBridge, State: Warned, Findings: []Finding{warned}}, results[1])
}

// TestADamagedFileFollowsFromNoServer: only a database that cannot be reached follows from
// a server that is down.
func TestADamagedFileFollowsFromNoServer(t *testing.T) {
	down, unusable := unitDown.found("", "", ""), databaseUnusable.found("", "", "")
	down.unit, down.Check = unitPostgres, "units"
	for code, left := range map[exit.Code]bool{exit.Unavailable: false, exit.Data: true, exit.Config: true, exit.TryAgain: true} {
		unusable.Exit = code
		results := onlyCauses([]Result{{State: Failed, Findings: []Finding{down}}, {State: Failed, Findings: []Finding{unusable}}})
		require.Equal(t, left, len(results[1].Findings) == 1, code)
	}
}

// TestTheRunIsBounded: what does not answer costs the time of a run once, however many
// checks wait for it.
func TestTheRunIsBounded(t *testing.T) {
	require.Equal(t, 5*time.Second, Options{}.withDefaults().Timeout)
	w := newWorld(t)
	hold := http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.homeserver.Config.Handler, w.bridge.Config.Handler, w.proxy.Config.Handler = hold, hold, hold
	w.options.Timeout = 200 * time.Millisecond
	begun := time.Now()
	require.Equal(t, exit.Unavailable, w.run().Exit)
	require.Less(t, time.Since(begun), 3*time.Second)
}
