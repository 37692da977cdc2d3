package doctor

import (
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// Severity says what a finding means for what people do with the bridge.
type Severity string

const (
	// Waiting is nothing wrong: something that the operator has yet to give, or that
	// comes by itself.
	Waiting Severity = "waiting"
	// Warning is something that works today.
	Warning Severity = "warning"
	// Failure is something that does not work.
	Failure Severity = "failure"
)

func bySeverity(a, b Finding) int { return a.Severity.rank() - b.Severity.rank() }

func (s Severity) rank() int {
	switch s {
	case Waiting:
		return 1
	case Warning:
		return 2
	default:
		return 3
	}
}

func (s Severity) state() State {
	switch s {
	case Waiting:
		return Waits
	case Warning:
		return Warned
	default:
		return Failed
	}
}

// Finding is one thing that a check found to be not as it should be.
type Finding struct {
	// Code names the kind of finding for scripts; the reference page lists them.
	Code     string   `json:"code"`
	Severity Severity `json:"severity"`
	// Title says what is, Detail more about it, Cure what to do, as an instruction.
	Title  string `json:"title"`
	Detail string `json:"detail,omitempty"`
	Cure   string `json:"cure"`
	// Check and Hop are those that found it, DependsOn the checks that had to succeed
	// before.
	Check     string   `json:"check"`
	Hop       string   `json:"hop"`
	DependsOn []string `json:"depends_on"`
	// Exit is the code with which the doctor ends because of it, if the check is a
	// gating one.
	Exit exit.Code `json:"exit"`
	// Line is all of it in one line.
	Line string `json:"line"`

	// unit is the unit that it is about, if it is about one.
	unit string
}

// line puts a finding into one line: where, what, details, the cure.
func (f Finding) line() string {
	text := f.Hop + ": " + f.Title
	if f.Detail != "" {
		text += " (" + f.Detail + ")"
	}
	if f.Cure != "" {
		text += "; " + f.Cure
	}
	return oneLine(text)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }
