package bench

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// The generated part of a page is between these lines.
const (
	beginMark = "<!-- figures: written by make bench-e2e -->"
	endMark   = "<!-- figures: end -->"
)

// Update puts the report in place of the generated part of a page.
func (r *Report) Update(page string) error { return update(page, r.Markdown()) }

func update(page, figures string) error {
	text, err := os.ReadFile(page)
	if err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	before, rest, ok := strings.Cut(string(text), beginMark)
	_, after, closed := strings.Cut(rest, endMark)
	if !ok || !closed {
		return fmt.Errorf("write the figures: %s has no lines %q and %q", page, beginMark, endMark)
	}
	whole := before + beginMark + "\n\n" + figures + "\n" + endMark + after
	if err := os.WriteFile(page, []byte(whole), 0o644); err != nil {
		return fmt.Errorf("write the figures: %w", err)
	}
	return nil
}

// Markdown is the report as a part of a page.
func (r *Report) Markdown() string {
	var text strings.Builder
	for _, line := range r.head {
		fmt.Fprintf(&text, "- %s\n", line)
	}
	fmt.Fprintf(&text, "- medians of %d rounds, in which the programs took turns at every step; a ratio is the median of the pairs\n", r.sizes.rounds)
	if r.sizes.burst == quickSizes().burst {
		text.WriteString("- **a quick run: so few messages that the figures mean nothing**\n")
	}
	for _, p := range r.programs {
		if p.counting == "" {
			fmt.Fprintf(&text, "- %s: its statements are not counted, since there is no counting build of it\n", p.name)
		}
	}
	r.goals(&text)
	for _, at := range []place{atOnce, behindSynapse} {
		for _, database := range []Database{SQLite, PostgreSQL} {
			r.table(&text, at, database)
		}
	}
	r.statements(&text)
	return text.String()
}

// order is the order of the lines of a table.
func order() []measure {
	return []measure{
		fromOne, rawOne, fromTen, rawTen, toOne, toTen, fromPacedP50, fromPacedP99, toPacedP50, toPacedP99,
		burstAck, burstRepeats, fromOneCPU, fromTenCPU, toOneCPU, toTenCPU,
		burstSQLFrom, pacedSQLFrom, burstSQLTo, pacedSQLTo, firstFifty, firstHundreds,
		withHistoryP50, withoutHistoryP50, withHistoryP99, withoutHistoryP99, restarted, memoryIdle, memoryMost,
	}
}

func (r *Report) table(text *strings.Builder, at place, database Database) {
	fmt.Fprintf(text, "\n### With %s, on %s\n\n|", at, database)
	for _, p := range r.programs {
		fmt.Fprintf(text, " | %s", p.name)
	}
	for _, p := range r.programs[1:] {
		fmt.Fprintf(text, " | times %s", p.name)
	}
	text.WriteString(" |\n|" + strings.Repeat(" --- |", 2*len(r.programs)) + "\n")
	for _, m := range order() {
		if _, ok := r.median(at, database, r.programs[0].name, m); !ok {
			continue
		}
		fmt.Fprintf(text, "| %s", m)
		for _, p := range r.programs {
			fmt.Fprintf(text, " | %s", r.value(at, database, p.name, m))
		}
		for _, p := range r.programs[1:] {
			fmt.Fprintf(text, " | %s", r.times(at, database, p.name, m))
		}
		text.WriteString(" |\n")
	}
}

func (r *Report) value(at place, database Database, program string, m measure) string {
	value, ok := r.median(at, database, program, m)
	if !ok {
		return "–"
	}
	return write(m, value)
}

func write(m measure, value float64) string {
	k := kindOf(m)
	return strings.TrimSpace(strconv.FormatFloat(value, 'f', k.digits, 64) + " " + k.unit)
}

func (r *Report) times(at place, database Database, other string, m measure) string {
	ratio, ok := r.ratio(at, database, other, m)
	if !ok {
		return "–"
	}
	return "×" + strconv.FormatFloat(ratio, 'f', 2, 64)
}

// goals says of each goal what was reached. A ratio needs a program to compare with.
func (r *Report) goals(text *strings.Builder) {
	text.WriteString("\n### What is wanted\n\n| | database | wanted | measured | |\n| --- | --- | --- | --- | --- |\n")
	for _, g := range goals() {
		if g.times == 0 {
			if value, ok := r.median(atOnce, g.database, r.programs[0].name, g.measure); ok {
				most, is := write(g.measure, g.most), write(g.measure, value)
				fmt.Fprintf(text, "| %s | %s | at most %s | %s | %s |\n", g.measure, g.database, most, is, reached(value <= g.most || is == most))
			}
			continue
		}
		for _, other := range r.programs[1:] {
			if ratio, ok := r.ratio(atOnce, g.database, other.name, g.measure); ok {
				fmt.Fprintf(text, "| %s | %s | ×%.1f of %s | ×%.2f | %s |\n", g.measure, g.database, g.times, other.name, ratio, reached(ratio >= g.times))
			}
		}
	}
}

func reached(yes bool) string {
	if yes {
		return "yes"
	}
	return "**no**"
}

// statements lists the statements that this program runs on its database.
func (r *Report) statements(text *strings.Builder) {
	for _, database := range []Database{SQLite, PostgreSQL} {
		last := measure("")
		for _, c := range r.counted[database] {
			if c.measure != burstSQLFrom && c.measure != burstSQLTo {
				continue // Paced ones are of the same kinds.
			}
			if c.measure != last {
				last = c.measure
				fmt.Fprintf(text, "\n### On %s: %s\n\n| each | statement | asked by |\n| --- | --- | --- |\n", database, c.measure)
			}
			fmt.Fprintf(text, "| %.2f | `%s` | `%s` |\n", c.each, strings.ReplaceAll(c.query, "|", `\|`), c.asked)
		}
	}
}
