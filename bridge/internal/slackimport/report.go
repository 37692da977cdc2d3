package slackimport

import (
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/slackexport"
)

// Report says what an import brings.
type Report struct {
	// File is the archive, and Team the workspace that it was made of.
	File, Team string
	// Filled are the conversations whose rooms begin with it.
	Filled []Filled
	// Empty are those in which nothing was said.
	Empty []string
	// Refused are those that are not imported, each with its name and the reason.
	Refused []string
	// LeftOut are the entries of the archive that cannot be read.
	LeftOut []string
	// DryRun says that nothing was changed because that was asked for.
	DryRun bool
}

// Filled is a conversation whose room begins with what the archive holds of it.
type Filled struct {
	Title   string
	Private bool

	Messages, Threads, Reactions, Files int
}

// String is the report for an operator.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "importing %s", r.File)
	if r.Team != "" {
		fmt.Fprintf(&b, ", of the workspace %s", r.Team)
	}
	b.WriteString("\n")
	var lines, private []string
	for _, each := range r.Filled {
		lines = append(lines, each.String())
		if each.Private {
			private = append(private, each.Title)
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
	section("the room begins with it", lines)
	section("nothing was said in", r.Empty)
	section("refused", r.Refused)
	section("left out", r.LeftOut)
	if len(private) > 0 {
		section("left to do", []string{"a private channel gets its room when the app's bot is in it: " + strings.Join(private, ", ")})
	}
	switch {
	case r.DryRun:
		b.WriteString("nothing was changed: this was a dry run\n")
	case len(r.Filled) == 0:
		b.WriteString("nothing was changed\n")
	default:
		b.WriteString("done: the rooms are made when the bridge runs\n")
	}
	return b.String()
}

// entriesNamed is how many entries that cannot be read are named of a conversation.
const entriesNamed = 5

// leaveOut notes entries that cannot be read, and where they are.
func (r *Report) leaveOut(of string, entries []slackexport.Entry) {
	if len(entries) == 0 {
		return
	}
	var names []string
	for _, entry := range entries[:min(entriesNamed, len(entries))] {
		names = append(names, fmt.Sprintf("no. %d of %s", entry.Number, entry.File))
	}
	if more := len(entries) - len(names); more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	noun := map[bool]string{true: "entry", false: "entries"}[len(entries) == 1]
	r.LeftOut = append(r.LeftOut, fmt.Sprintf("%s: %d %s that cannot be read: %s", of, len(entries), noun, strings.Join(names, ", ")))
}

// String is a line of the report.
func (f Filled) String() string {
	parts := []string{several(f.Messages, "message")}
	for _, each := range []struct {
		n    int
		noun string
	}{{f.Threads, "thread"}, {f.Reactions, "reaction"}, {f.Files, "file"}} {
		if each.n > 0 {
			parts = append(parts, several(each.n, each.noun))
		}
	}
	return f.Title + ": " + strings.Join(parts, ", ")
}

// several is a number with its noun, in the plural where it is not one.
func several(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
