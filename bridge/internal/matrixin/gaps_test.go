package matrixin_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLeftOutTransactions sends transactions in the order in which a homeserver
// does, and says how each is answered. A refused one comes again, after what was
// missing if something was.
func TestLeftOutTransactions(t *testing.T) {
	const ok, again = http.StatusOK, http.StatusServiceUnavailable
	type put struct {
		txn    string
		answer int
	}
	for name, tc := range map[string]struct {
		puts []put
		said string // once in the log, if anything
	}{
		"none":                          {[]put{{"46", ok}, {"47", ok}, {"48", ok}}, ""},
		"one":                           {[]put{{"46", ok}, {"48", again}, {"47", ok}, {"48", ok}, {"49", ok}}, "left a transaction out"},
		"some":                          {[]put{{"46", ok}, {"50", again}, {"47", ok}, {"48", ok}, {"49", ok}, {"50", ok}}, "left a transaction out"},
		"one of two":                    {[]put{{"46", ok}, {"49", again}, {"47", ok}, {"49", again}, {"49", ok}}, "No transaction was missing"},
		"the number is others'":         {[]put{{"46", ok}, {"48", again}, {"48", ok}, {"51", ok}, {"60", ok}}, "No transaction was missing"},
		"of the first nothing is known": {[]put{{"46", ok}, {"47", ok}}, ""},
		"a new database":                {[]put{{"46", ok}, {"1", ok}, {"2", ok}}, ""},
		"moments":                       {[]put{{"1795320690101352", ok}, {"1795320690105055", ok}, {"1795320690163521", ok}}, ""},
		"no numbers":                    {[]put{{"a46", ok}, {"a48", ok}, {"48", ok}}, ""},
		"between":                       {[]put{{"46", ok}, {"x", ok}, {"48", again}, {"47", ok}, {"48", ok}}, "left a transaction out"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t)
			var taken []string
			for _, p := range tc.puts {
				status, answer := f.putBody(p.txn, transaction(message("room", p.txn)))
				require.Equal(t, p.answer, status, "%s: %s", p.txn, answer)
				if status == ok {
					taken = append(taken, "$room-"+p.txn)
				}
			}
			require.Equal(t, taken, f.of("!room"))
			if tc.said == "" {
				require.Empty(t, f.logs.String())
			} else {
				require.Equal(t, 1, strings.Count(f.logs.String(), tc.said), f.logs)
			}
		})
	}
}

// TestTwoLeftOut: the second recovery can leave one out as the first did.
func TestTwoLeftOut(t *testing.T) {
	f := start(t)
	for _, p := range []struct {
		txn    string
		answer int
	}{{"1", 200}, {"3", 503}, {"2", 200}, {"3", 200}, {"5", 503}, {"4", 200}, {"5", 200}, {"6", 200}} {
		status, answer := f.putBody(p.txn, transaction(message("room", p.txn)))
		require.Equal(t, p.answer, status, "%s: %s", p.txn, answer)
	}
	require.Equal(t, []string{"$room-1", "$room-2", "$room-3", "$room-4", "$room-5", "$room-6"}, f.of("!room"))
}
