package features_test

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"ops-jrz1/tests/features"
)

// TestRowsAreWhole: what a row must not say is refused, with its number.
func TestRowsAreWhole(t *testing.T) {
	text, err := os.ReadFile("../../" + features.File)
	require.NoError(t, err)
	_, err = features.Parse(text)
	require.NoError(t, err)
	for name, tc := range map[string]struct{ old, new, says string }{
		"a row twice":              {"- row: 2\n", "- row: 1\n", "after row 1 comes row 1"},
		"a key that is misspelt":   {"  here: one login each\n", "  her: one login each\n", "field her not found"},
		"no words":                 {"  here: one login each\n", "", "here is not there"},
		"another row's proof":      {"TestReaction/13 from Slack", "TestReaction/1 from Slack", "not a sub-test whose name begins with 13"},
		"a whole test as proof":    {"TestReaction/13 from Slack", "TestReaction", "not a sub-test whose name begins with 13"},
		"missing without tests":    {"  here: as the framework has them\n", "  here: as the framework has them\n  missing: nothing\n", "no test shows the rest"},
		"impossible by hearsay":    {"  impossible: \"", "  impossible: \"no\" # ", "quotes the method or event"},
		"impossible and yet shown": {"  impossible: \"", "  tests: [\"p T/37 it\"]\n  impossible: \"", "impossible has no tests"},
		"another word for a peer":  {"  mautrix-slack: \"yes: Socket Mode\"", "  mautrix-slack: \"maybe\"", `"maybe" does not begin with yes, partly, no or n/a`},
		"nine rows for README":     {"  readme: true\n", "", "9 rows are for README"},
		"a cell that breaks":       {"  here: one login each", "  here: one | login each", "does not fit into a table"},
	} {
		t.Run(name, func(t *testing.T) {
			require.Contains(t, string(text), tc.old)
			_, err := features.Parse([]byte(strings.Replace(string(text), tc.old, tc.new, 1)))
			require.ErrorContains(t, err, tc.says)
		})
	}
}

// TestState: without a sub-test nothing is claimed.
func TestState(t *testing.T) {
	tests := []features.Proof{"p T/1 it"}
	for want, row := range map[features.State]features.Row{
		features.NotYet:     {Here: "all of it"},
		features.Partly:     {Here: "all of it", Tests: tests, Missing: "half"},
		features.Done:       {Here: "all of it", Tests: tests},
		features.Impossible: {Here: "nothing", Impossible: "`user_typing`"},
	} {
		require.Equal(t, want, row.State())
	}
}
