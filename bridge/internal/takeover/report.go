package takeover

import (
	"fmt"
	"slices"
	"strings"
)

// Report says what a takeover carries over.
type Report struct {
	// From is the bridge that is taken over.
	From string
	// Carried is what goes on, in the order of the list.
	Carried []Count
	// Changes are what is changed for that, beside rows that are copied.
	Changes []string
	// Left is what stays behind, each with its name and the reason.
	Left []string
	// Refused is what is in the way, each with its name and the cure. If there is any,
	// nothing was changed.
	Refused []string
	// Next is what remains to be done by a person.
	Next []string
	// DryRun says that nothing was changed because that was asked for.
	DryRun bool
}

// Count is how many of something there are.
type Count struct {
	What string
	N    int
}

// carry notes how many of something go on, by the name of one and of many.
func (r *Report) carry(n int, one, many string) {
	switch {
	case n == 1:
		r.Carried = append(r.Carried, Count{one, n})
	case n > 1:
		r.Carried = append(r.Carried, Count{many, n})
	}
}

func (r *Report) change(format string, args ...any) {
	r.Changes = append(r.Changes, fmt.Sprintf(format, args...))
}

func (r *Report) leave(format string, args ...any) {
	r.Left = append(r.Left, fmt.Sprintf(format, args...))
}

func (r *Report) refuse(format string, args ...any) {
	r.Refused = append(r.Refused, fmt.Sprintf(format, args...))
}

func (r *Report) next(format string, args ...any) {
	r.Next = append(r.Next, fmt.Sprintf(format, args...))
}

// String is the report for an operator.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "taking over from %s\n", r.From)
	if len(r.Carried) > 0 {
		b.WriteString("carries over:\n")
		for _, each := range r.Carried {
			fmt.Fprintf(&b, "  %7d %s\n", each.N, each.What)
		}
	}
	section := func(title string, lines []string) {
		if len(lines) == 0 {
			return
		}
		b.WriteString(title + ":\n")
		for _, line := range lines {
			b.WriteString("  - " + line + "\n")
		}
	}
	changes, left := "changed", "stays behind"
	if r.DryRun || len(r.Refused) > 0 {
		changes = "would be changed"
	}
	section(changes, r.Changes)
	section(left, r.Left)
	section("in the way", r.Refused)
	section("left to do", r.Next)
	switch {
	case len(r.Refused) > 0:
		b.WriteString("nothing was changed\n")
	case r.DryRun:
		b.WriteString("nothing was changed: this was a dry run\n")
	default:
		b.WriteString("done\n")
	}
	return b.String()
}

// named lists the first few of many names.
func named(names []string) string {
	const shown = 5
	names = slices.Sorted(slices.Values(names))
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// several is a number with its noun, in the plural where it is not one.
func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

// are is several with what they are.
func are(n int, noun, what string) string {
	if n == 1 {
		return several(n, noun) + " is " + what
	}
	return several(n, noun) + " are " + what
}
