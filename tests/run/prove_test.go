package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/features"
)

// TestProve: a run proves the table only with every sub-test that a row names, passed in this
// run. A sub-test may have sub-tests of its own.
func TestProve(t *testing.T) {
	const table = "../../" + features.File
	rows, err := features.Load(table)
	require.NoError(t, err)
	var all []features.Proof
	for _, row := range rows {
		all = append(all, row.Tests...)
	}
	require.NotEmpty(t, all)
	run := func(last string) (counts, string) {
		var events, out strings.Builder
		enc := json.NewEncoder(&events)
		for i, proof := range all {
			pkg, name := module+"/"+proof.Package(), features.InRun(proof.Name())
			action := "pass"
			if i == len(all)-1 {
				action = last
			}
			require.NoError(t, enc.Encode(goEvent{Action: "run", Package: pkg, Test: name + "/a_case"}))
			require.NoError(t, enc.Encode(goEvent{Action: "pass", Package: pkg, Test: name + "/a_case"}))
			require.NoError(t, enc.Encode(goEvent{Action: action, Package: pkg, Test: name}))
		}
		report := newReport(&out, false)
		require.NoError(t, readGo(strings.NewReader(events.String()), report))
		prove(table, report)
		return finish(report), out.String()
	}

	got, said := run("pass")
	require.Zero(t, got.code, said)
	require.Contains(t, said, "rows of docs/features.yaml have their sub-tests in this run")
	for _, last := range []string{"run", "skip", "fail"} {
		got, said = run(last)
		require.Equal(t, 1, got.code, last)
		require.Contains(t, said, "these sub-tests did not pass in this run\nrow ", last)
		require.Contains(t, said, string(all[len(all)-1]), last)
	}
}

// TestProveWantsATable: a run without the table proves nothing.
func TestProveWantsATable(t *testing.T) {
	report := newReport(&strings.Builder{}, false)
	report.pass(1)
	prove("nowhere.yaml", report)
	require.Equal(t, 1, finish(report).code)
}
