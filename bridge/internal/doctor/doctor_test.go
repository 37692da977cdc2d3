package doctor

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/exit"
)

func TestReferencePage(t *testing.T) {
	page := filepath.Join("..", "..", "..", "docs", "reference", "doctor.md")
	if *update {
		require.NoError(t, os.WriteFile(page, Markdown(), 0o644))
	}
	want, err := os.ReadFile(page)
	require.NoError(t, err, "run this test with -update")
	require.Equal(t, string(want), string(Markdown()), "run this test with -update and read the difference")
}

// asked is a check that takes a while.
func asked(name string, gating bool, takes time.Duration, found []Finding, needs ...string) check {
	return check{name: name, hop: "here", gating: gating, needs: needs, run: func(ctx context.Context) (string, []Finding) {
		select {
		case <-time.After(takes):
			return "well", found
		case <-ctx.Done():
			return homeserverSilent.one("no answer", "", "")
		}
	}}
}

func TestChecksRunSideBySideAndInOrderOfNeed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := []Finding{bridgeSilent.found("silent", "", "start it")}
		begun := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		results := runAll(ctx, []check{
			asked("third", true, time.Second, nil, "second"),
			asked("first", true, 3*time.Second, nil),
			asked("second", true, 3*time.Second, nil, "first"),
			asked("broken", false, 2*time.Second, bad),
			asked("after broken", false, time.Second, nil, "broken"),
			asked("after that", false, time.Second, nil, "after broken"),
			asked("slow", false, time.Hour, nil),
			asked("alone", false, time.Second, nil, "not asked this time"),
		})
		require.Equal(t, time.Minute, time.Since(begun), "the slowest decides")
		var states []State
		for _, r := range results {
			states = append(states, r.State)
		}
		require.Equal(t, []State{OK, OK, OK, Failed, NotRun, NotRun, Failed, OK}, states)
		require.Equal(t, "broken", results[4].Needs)
		require.Equal(t, []string{"second"}, runAll(t.Context(), []check{asked("third", true, 0, bad, "second")})[0].Findings[0].DependsOn)
	})
}

func TestExitCode(t *testing.T) {
	gating := func(findings ...Finding) Result { return Result{Gating: true, State: Failed, Findings: findings} }
	reported := Result{State: Failed, Findings: []Finding{slackTokenRefused.found("", "", "")}}
	for name, tc := range map[string]struct {
		results []Result
		strict  bool
		want    exit.Code
	}{
		"nothing asked":         {nil, false, exit.OK},
		"the first one decides": {[]Result{gating(tokenRefused.found("", "", "")), gating(bridgeSilent.found("", "", ""))}, false, exit.Refused},
		"reported":              {[]Result{reported}, false, exit.OK},
		"reported and strict":   {[]Result{reported}, true, exit.Refused},
		"with a warning":        {[]Result{gating(pingUnknown.found("", "", ""), pingFailed.found("", "", ""))}, false, exit.Unavailable},
	} {
		t.Run(name, func(t *testing.T) {
			report := newReport(tc.results, tc.strict)
			require.Equal(t, tc.want, report.Exit)
			require.Equal(t, tc.want == exit.OK, report.OK)
		})
	}
}

// TestGatingKindsDecide: what a gating check finds either fails the deployment or
// lets it pass with a warning; it never waits.
func TestGatingKindsDecide(t *testing.T) {
	for _, k := range kinds() {
		require.Equal(t, k.severity == Failure, k.exit != exit.OK, k.code)
	}
}

func TestWaitRepeatsUntilItIsWell(t *testing.T) {
	w := newWorld(t)
	w.options.Wait = 30 * time.Second
	var asked atomic.Int32
	handler := w.bridge.Config.Handler
	w.bridge.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/health" && asked.Add(1) < 4 {
			respond{503, map[string]any{"state": "starting"}}.to(rw)
			return
		}
		handler.ServeHTTP(rw, r)
	})
	require.True(t, w.run().OK)
	require.EqualValues(t, 7, asked.Load(), "once more when all is reported, and twice about aliases")
}

func TestWaitEnds(t *testing.T) {
	w := newWorld(t)
	w.bridge.Close()
	w.options.Wait = 50 * time.Millisecond
	require.Equal(t, exit.Unavailable, w.run().Exit)
}

func TestUnitsAreReadFromSystemctl(t *testing.T) {
	const answer = "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\nExecMainStatus=78\nStatusText=waits for a=b\n" +
		"\nLoadState=not-found\nActiveState=inactive\nSubState=dead\nResult=success\nExecMainStatus=0\nStatusText=\n"
	names := []string{"slack-bridge.service", "nginx.service"}
	units, err := parseUnits(names, answer)
	require.NoError(t, err)
	require.Equal(t, []Unit{
		{Name: names[0], Load: "loaded", Active: "failed", Sub: "failed", Result: "exit-code", ExitStatus: 78, Status: "waits for a=b"},
		{Name: names[1], Load: "not-found", Active: "inactive", Sub: "dead", Result: "success"},
	}, units)
	for name, broken := range map[string]string{
		"nothing":       "",
		"one too few":   strings.Split(answer, "\n\n")[0],
		"no state":      "Result=success\n\n" + answer,
		"no number":     strings.ReplaceAll(answer, "78", "many"),
		"one unit more": answer + "\n" + answer,
	} {
		t.Run(name, func(t *testing.T) {
			_, err := parseUnits(names, broken)
			require.Error(t, err)
		})
	}
}

func TestReportsOfOthersAreRefused(t *testing.T) {
	for _, text := range []string{"", "{}", "[]", `{"ok":true,`} {
		_, err := ReadReport(strings.NewReader(text))
		require.Equal(t, exit.Data, exit.Of(err), text)
	}
}

// TestInside: a bridge that asks itself leaves systemd out.
func TestInside(t *testing.T) {
	w := newWorld(t)
	w.options.Inside = true
	report := w.run()
	require.True(t, report.OK)
	for _, result := range report.Checks {
		require.NotEqual(t, checkUnits, result.Check)
	}
}
