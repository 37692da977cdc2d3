package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestHalves: every test is in one of the halves and in no other.
func TestHalves(t *testing.T) {
	require.Equal(t, []string{"^(TestA|TestC|TestE)$", "^(TestB|TestD)$"}, halves([]string{"TestA", "TestB", "TestC", "TestD", "TestE"}))
	require.Equal(t, []string{"^(TestA)$"}, halves([]string{"TestA"}))
	require.Empty(t, halves(nil), "a command without a pattern would run everything")
}

// TestCommandsAtOnce: what each of a suite's commands found is counted once, and a command that
// ends badly without a failed test is no success.
func TestCommandsAtOnce(t *testing.T) {
	passes := []string{"echo", `{"Action":"pass","Package":"p","Test":"TestA"}`}
	fails := []string{"sh", "-c", `echo '{"Action":"fail","Package":"p","Test":"TestB"}'; exit 1`}
	dies := []string{"sh", "-c", `echo '{"Action":"pass","Package":"p","Test":"TestC"}'; exit 2`}
	for name, tc := range map[string]struct {
		commands [][]string
		want     counts
		broken   bool
	}{
		"both pass":                    {commands: [][]string{passes, passes}, want: counts{passed: 2}},
		"one fails":                    {commands: [][]string{passes, fails}, want: counts{passed: 1, failed: 1, code: 1}},
		"one dies beside a failed one": {commands: [][]string{fails, dies}, want: counts{passed: 1, failed: 1, code: 1}, broken: true},
	} {
		t.Run(name, func(t *testing.T) {
			report := newReport(&strings.Builder{}, false)
			err := suite{name: name, commands: tc.commands, read: readGo}.run(t.Context(), report)
			require.Equal(t, tc.broken, err != nil, err)
			require.Equal(t, tc.want, finish(report))
			require.Equal(t, tc.want.passed > 0 && name != "one dies beside a failed one", report.seen["p TestA"])
		})
	}
}
