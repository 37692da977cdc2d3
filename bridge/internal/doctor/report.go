package doctor

import (
	"encoding/json"
	"fmt"
	"io"

	"ops-jrz1/bridge/internal/exit"
)

// State is how a check came out.
type State string

const (
	// OK found nothing.
	OK State = "ok"
	// Waits found only what is still to come.
	Waits State = "waits"
	// Warned found what works today only.
	Warned State = "warned"
	// Failed found something that does not work.
	Failed State = "failed"
	// NotRun could not say anything, because a check that it needs is not OK.
	NotRun State = "not run"
)

// Result is one check's.
type Result struct {
	Check  string `json:"check"`
	Hop    string `json:"hop"`
	Gating bool   `json:"gating"`
	State  State  `json:"state"`
	// Good is one line about what was seen when all is well.
	Good string `json:"good,omitempty"`
	// Needs is the check because of which this one was not run.
	Needs    string    `json:"needs,omitempty"`
	Findings []Finding `json:"findings"`
}

// Report is everything that a run of the doctor found.
type Report struct {
	// OK says that no gating check failed.
	OK bool `json:"ok"`
	// Exit is the code with which the doctor ends.
	Exit   exit.Code `json:"exit"`
	Checks []Result  `json:"checks"`
}

// newReport judges results. With strict a failure counts whatever check found it.
func newReport(results []Result, strict bool) Report {
	r := Report{OK: true, Checks: results}
	for _, result := range results {
		if !result.Gating && !strict || result.State != Failed {
			continue
		}
		for _, f := range result.Findings {
			if r.OK && f.Severity == Failure {
				r.OK, r.Exit = false, f.Exit
			}
		}
	}
	return r
}

// Err is the end of a report that is not OK, and nil otherwise: its text says how many
// checks failed.
func (r Report) Err() error {
	if r.OK {
		return nil
	}
	return exit.New(r.Exit, "%s", r.summary())
}

// ReadReport reads what WriteJSON wrote.
func ReadReport(from io.Reader) (Report, error) {
	var r Report
	decoder := json.NewDecoder(from)
	if err := decoder.Decode(&r); err != nil {
		return Report{}, exit.New(exit.Data, "this is no report of the doctor: %w", err)
	}
	if r.Checks == nil {
		return Report{}, exit.New(exit.Data, "this is no report of the doctor: it holds no checks")
	}
	return r, nil
}

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(r)
}

// WriteText writes the report for people: a line a check, and under it a line for each
// finding.
func (r Report) WriteText(w io.Writer) error {
	for _, result := range r.Checks {
		if err := result.writeText(w); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(w, r.summary())
	return err
}

func (r Result) writeText(w io.Writer) error {
	said := r.Good
	if r.State == NotRun {
		said = "needs " + r.Needs
	}
	if len(r.Findings) == 0 {
		_, err := fmt.Fprintf(w, "%-8s %-20s %s\n", r.mark(), r.Check, said)
		return err
	}
	for _, f := range r.Findings {
		if _, err := fmt.Fprintf(w, "%-8s %-20s %s [%s]\n", r.mark(), r.Check, f.Line, f.Code); err != nil {
			return err
		}
	}
	return nil
}

// mark is the first word of a check's lines; what a deployment fails for is in
// capitals.
func (r Result) mark() string {
	if r.Gating && r.State == Failed {
		return "FAILED"
	}
	return string(r.State)
}

// summary is the last line.
func (r Report) summary() string {
	counts := map[State]int{}
	gating, failed := 0, 0
	for _, result := range r.Checks {
		if result.Gating {
			gating++
			if result.State == Failed || result.State == NotRun {
				failed++
			}
			continue
		}
		counts[result.State]++
	}
	text := fmt.Sprintf("%d of %d gating checks passed", gating-failed, gating)
	for _, each := range []struct {
		state State
		text  string
	}{{Failed, "%d other failed"}, {Warned, "%d with a warning"}, {Waits, "%d waiting for something"}, {NotRun, "%d not run"}} {
		if counts[each.state] > 0 {
			text += ", " + fmt.Sprintf(each.text, counts[each.state])
		}
	}
	return text
}
