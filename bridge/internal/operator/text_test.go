package operator_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/operator"
)

var now = time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC)

func ago(d time.Duration) time.Time { return now.Add(-d) }

func TestList(t *testing.T) {
	rows := []operator.Row{
		{ID: 7, Source: "matrix", Kind: "event", Lane: "!room:your.server", Arrived: ago(3 * time.Second)},
		{ID: 8, Source: "slack:T1-U1", Kind: "event", Where: "#new", Arrived: ago(3 * time.Second), Waits: "40 of 150\nmessages"},
		{
			ID: 12, Source: "slack:T1-U1", Kind: "event", Lane: "T1/C1", Where: "#general\x1b[2J", Arrived: ago(90 * time.Minute), Holds: []int64{13},
			Parked: &operator.Parking{Since: ago(5 * time.Minute), Reason: "M_FORBIDDEN:\nbanned " + strings.Repeat("x", 200)},
		},
		{
			ID: 13, Source: "slack:T1-U1", Kind: "event", Lane: "T1/C1", Where: "#general", Arrived: ago(50 * time.Hour),
			Parked: &operator.Parking{Since: ago(5 * time.Minute), Reason: "with it", With: 12},
		},
	}
	require.Equal(t, ""+
		"ID  SOURCE       WHERE              KIND   AGE    PARKED  WITH IT  WHY\n"+
		"12  slack:T1-U1  #general[2J        event  1h30m  5m      1        M_FORBIDDEN: banned "+strings.Repeat("x", 139)+"…\n"+
		"13  slack:T1-U1  #general           event  2d2h   5m      -        it is about row 12\n"+
		"7   matrix       !room:your.server  event  3s     -       -        -\n"+
		"8   slack:T1-U1  #new               event  3s     -       -        40 of 150 messages\n", listed(t, rows, false))
	require.Equal(t, "nothing waits and nothing is parked\n", listed(t, nil, false))
}

// TestListOfThousands: after an outage the parked rows are still to be seen.
func TestListOfThousands(t *testing.T) {
	var rows []operator.Row
	for id := range int64(5000) {
		rows = append(rows, operator.Row{ID: id + 1, Source: "matrix", Kind: "event", Arrived: ago(time.Minute)})
	}
	rows = append(rows, operator.Row{ID: 6000, Source: "matrix", Arrived: ago(0), Parked: &operator.Parking{Since: ago(0), Reason: "no"}})
	lines := strings.Split(strings.TrimSpace(listed(t, rows, false)), "\n")
	require.Len(t, lines, 1+1+20+1)
	require.Regexp(t, `^6000 `, lines[1])
	require.Regexp(t, `^1 `, lines[2])
	require.Equal(t, "4980 more wait for their turn; --all shows them", lines[22])
	require.Len(t, strings.Split(strings.TrimSpace(listed(t, rows, true)), "\n"), 1+5001)
}

func listed(t *testing.T, rows []operator.Row, all bool) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, operator.WriteList(&text, rows, now, all))
	for line := range strings.Lines(text.String()) {
		require.NotContains(t, line, "\x1b")
	}
	return text.String()
}

func TestShow(t *testing.T) {
	row := operator.Row{
		ID: 12, Source: "slack:T1-U1", Key: "message C1 1.2", Kind: "event", Lane: "T1/C1", Where: "#general",
		Arrived: ago(90 * time.Minute), Holds: []int64{13, 14}, Parked: &operator.Parking{Since: ago(5 * time.Minute), Reason: "banned"},
	}
	head := "row      12\n" +
		"source   slack:T1-U1\n" +
		"where    #general\n" +
		"lane     T1/C1\n" +
		"kind     event\n" +
		"key      message C1 1.2\n" +
		"arrived  2026-05-01 10:30:00 UTC, 1h30m ago\n" +
		"parked   2026-05-01 11:55:00 UTC, 5m ago\n" +
		"why      banned\n" +
		"with it  rows 13, 14\n"
	require.Equal(t, head+"content  not shown; --content shows it\n", shown(t, row))
	row.Withheld = "it is a command"
	require.Equal(t, head+"content  not shown: it is a command\n", shown(t, row))
	row.Withheld, row.Content = "", "{\n  \"text\": \"\x1b]0;hi\a\"\n}"
	require.Equal(t, head+"\n{\n  \"text\": \"]0;hi\"\n}\n", shown(t, row))
	row = operator.Row{ID: 1, Arrived: ago(0)}
	require.Contains(t, shown(t, row), "parked   no, it waits for its turn\n")
}

func shown(t *testing.T, row operator.Row) string {
	t.Helper()
	var text strings.Builder
	require.NoError(t, operator.WriteRow(&text, row, now))
	return text.String()
}

func TestAge(t *testing.T) {
	for age, want := range map[time.Duration]string{
		-time.Hour: "0s", 0: "0s", 59 * time.Second: "59s", time.Minute: "1m", 59 * time.Minute: "59m", time.Hour: "1h0m",
		25*time.Hour + 59*time.Minute: "1d1h", 400 * 24 * time.Hour: "400d0h",
	} {
		require.Equal(t, want, operator.Age(now, ago(age)), fmt.Sprint(age))
	}
}
