package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// counts is what a report's last line says.
type counts struct{ passed, failed, skipped, code int }

func TestReadGo(t *testing.T) {
	for name, tc := range map[string]struct {
		events string
		want   counts
		shows  string
	}{
		"only leaves are counted": {
			events: `{"Action":"run","Package":"p","Test":"TestA"}
				{"Action":"run","Package":"p","Test":"TestA/one"}
				{"Action":"run","Package":"p","Test":"TestA/two"}
				{"Action":"pass","Package":"p","Test":"TestA/one"}
				{"Action":"pass","Package":"p","Test":"TestA/two"}
				{"Action":"pass","Package":"p","Test":"TestA"}
				{"Action":"pass","Package":"p","Elapsed":1.5}`,
			want: counts{passed: 2}, shows: "ok     2 tests    1.5s  p",
		},
		"a package without tests is no skip": {
			events: `{"Action":"pass","Package":"p","Test":"TestA"}
				{"Action":"skip","Package":"q"}`,
			want: counts{passed: 1},
		},
		"a skipped test fails the run": {
			events: `{"Action":"pass","Package":"p","Test":"TestA"}
				{"Action":"output","Package":"p","Test":"TestB","Output":"needs the moon\n"}
				{"Action":"skip","Package":"p","Test":"TestB"}`,
			want: counts{passed: 1, skipped: 1, code: 1}, shows: "needs the moon",
		},
		"a failed test is printed": {
			events: `{"Action":"output","Package":"p","Test":"TestB","Output":"got 1\n"}
				{"Action":"fail","Package":"p","Test":"TestB"}
				{"Action":"fail","Package":"p"}`,
			want: counts{failed: 1, code: 1}, shows: "FAILED p TestB\ngot 1",
		},
		"a panic outside tests is no success": {
			events: `{"Action":"pass","Package":"q","Test":"TestA"}
				{"Action":"output","Package":"p","Output":"panic: no\n"}
				{"Action":"fail","Package":"p"}`,
			want: counts{passed: 1, code: 1}, shows: "panic: no",
		},
		"a build error is printed": {
			events: `{"Action":"pass","Package":"q","Test":"TestA"}
				{"ImportPath":"p [p.test]","Action":"build-output","Output":"p.go:1: undefined: x\n"}
				{"ImportPath":"p [p.test]","Action":"build-fail"}`,
			want: counts{passed: 1, code: 1}, shows: "undefined: x",
		},
		"no test at all": {want: counts{code: 1}, shows: "no test ran"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			report := newReport(&out, false)
			require.NoError(t, readGo(strings.NewReader(tc.events), report))
			require.Equal(t, tc.want, finish(report), out.String())
			require.Contains(t, out.String(), tc.shows)
		})
	}
}

func TestReadGoRefusesOtherOutput(t *testing.T) {
	require.Error(t, readGo(strings.NewReader("no JSON"), newReport(&strings.Builder{}, false)))
}

func TestReadTAP(t *testing.T) {
	for name, tc := range map[string]struct {
		tap   string
		want  counts
		shows string
	}{
		"all well": {
			tap:  "TAP version 13\nok 1 - echo\n1..1\n# tests 3\n# pass 3\n# fail 0\n# cancelled 0\n# skipped 0\n# todo 0\n# duration_ms 12.5\n",
			want: counts{passed: 3}, shows: "ok     3 tests",
		},
		"failed and cancelled": {
			tap:  "not ok 1 - echo\n# tests 3\n# pass 1\n# fail 1\n# cancelled 1\n# skipped 0\n# todo 0\n",
			want: counts{passed: 1, failed: 2, code: 1}, shows: "not ok 1 - echo",
		},
		"skipped": {
			tap:  "ok 1 - echo # SKIP\n# tests 2\n# pass 1\n# fail 0\n# cancelled 0\n# skipped 1\n# todo 0\n",
			want: counts{passed: 1, skipped: 1, code: 1}, shows: "# SKIP",
		},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			report := newReport(&out, false)
			require.NoError(t, readTAP(strings.NewReader(tc.tap), report))
			require.Equal(t, tc.want, finish(report), out.String())
			require.Contains(t, out.String(), tc.shows)
		})
	}
}

func TestReadTAPWantsTotals(t *testing.T) {
	err := readTAP(strings.NewReader("ok 1 - echo\n"), newReport(&strings.Builder{}, false))
	require.ErrorContains(t, err, "did not end with its totals")
}

func finish(r *report) counts {
	code := r.finish()
	return counts{r.passed, r.failed, r.skipped, code}
}
