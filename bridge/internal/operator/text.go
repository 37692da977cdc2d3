package operator

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
	"unicode"
)

// shownWaiting is how many rows that wait for their turn a list shows. After an outage
// there may be thousands.
const shownWaiting = 20

// shownReason is how many characters of a reason a list shows.
const shownReason = 160

// WriteList prints rows in columns: what is parked first, then what waits, the oldest
// first, and all of that only if so wanted.
func WriteList(w io.Writer, rows []Row, now time.Time, all bool) error {
	if len(rows) == 0 {
		_, err := fmt.Fprintln(w, "nothing waits and nothing is parked")
		return err
	}
	parked, waiting := Split(rows)
	hidden := 0
	if !all && len(waiting) > shownWaiting {
		waiting, hidden = waiting[:shownWaiting], len(waiting)-shownWaiting
	}
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(columns, "ID\tSOURCE\tWHERE\tKIND\tAGE\tPARKED\tWITH IT\tWHY")
	for _, row := range slices.Concat(parked, waiting) {
		since, why := "-", cmp.Or(shorten(Plain(row.Waits), shownReason), "-")
		if row.Parked != nil {
			since, why = Age(now, row.Parked.Since), shorten(row.Parked.Why(), shownReason)
		}
		held := "-"
		if len(row.Holds) > 0 {
			held = strconv.Itoa(len(row.Holds))
		}
		fmt.Fprintf(columns, "%d\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", row.ID, Plain(row.Source), Plain(row.Place()), Plain(row.Kind),
			Age(now, row.Arrived), since, held, why)
	}
	if err := columns.Flush(); err != nil {
		return err
	}
	if hidden == 0 {
		return nil
	}
	_, err := fmt.Fprintf(w, "%d more wait for their turn; --all shows them\n", hidden)
	return err
}

// Split parts the rows that are parked from those that wait.
func Split(rows []Row) (parked, waiting []Row) {
	for _, row := range rows {
		if row.Parked != nil {
			parked = append(parked, row)
		} else {
			waiting = append(waiting, row)
		}
	}
	return parked, waiting
}

// WriteRow prints everything about one row, one thing a line.
func WriteRow(w io.Writer, row Row, now time.Time) error {
	columns := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(name, value string) { fmt.Fprintf(columns, "%s\t%s\n", name, Plain(value)) }
	line("row", strconv.FormatInt(row.ID, 10))
	line("source", row.Source)
	line("where", row.Place())
	line("lane", row.Lane)
	line("kind", row.Kind)
	line("key", row.Key)
	line("arrived", moment(now, row.Arrived))
	if row.Parked == nil {
		line("parked", "no, it waits for its turn")
		if row.Waits != "" {
			line("why", row.Waits)
		}
	} else {
		line("parked", moment(now, row.Parked.Since))
		line("why", row.Parked.Why())
	}
	if len(row.Holds) > 0 {
		line("with it", "rows "+IDs(row.Holds))
	}
	switch {
	case row.Withheld != "":
		line("content", "not shown: "+row.Withheld)
	case row.Content == "":
		line("content", "not shown; --content shows it")
	}
	if err := columns.Flush(); err != nil || row.Content == "" {
		return err
	}
	_, err := fmt.Fprintf(w, "\n%s\n", readable(row.Content))
	return err
}

// Place is what a row's lane is called, by people if they have a name for it.
func (r Row) Place() string { return cmp.Or(r.Where, r.Lane, "-") }

// Why is the reason, in words.
func (p Parking) Why() string {
	if p.With != 0 {
		return fmt.Sprintf("it is about row %d", p.With)
	}
	return Plain(p.Reason)
}

// IDs are ids in a sentence.
func IDs(ids []int64) string {
	texts := make([]string, len(ids))
	for i, id := range ids {
		texts[i] = strconv.FormatInt(id, 10)
	}
	return strings.Join(texts, ", ")
}

// Age is how long ago something was, in its two greatest units.
func Age(now, then time.Time) string {
	age := max(now.Sub(then), 0)
	days, hours, minutes := int(age/(24*time.Hour)), int(age.Hours())%24, int(age.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%dd%dh", days, hours)
	case hours > 0:
		return fmt.Sprintf("%dh%dm", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%dm", minutes)
	default:
		return fmt.Sprintf("%ds", int(age.Seconds()))
	}
}

func moment(now, then time.Time) string {
	return fmt.Sprintf("%s, %s ago", then.UTC().Format("2006-01-02 15:04:05 MST"), Age(now, then))
}

// Plain is a text on one line, without characters that steer a terminal.
func Plain(text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			return -1
		}
		return r
	}, text)), " ")
}

// readable is a text of several lines without characters that steer a terminal.
func readable(text string) string {
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) {
			return -1
		}
		return r
	}, text)
}

func shorten(text string, most int) string {
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return text
}
