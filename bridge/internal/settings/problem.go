package settings

import (
	"encoding/json"
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
)

// Problem is one mistake in a configuration: where it stands, what is wrong and
// how it is cured.
type Problem struct {
	// File is the file that the mistake was read from.
	File string
	// Line is the line in File, from 1; 0 when the key is not in it.
	Line int
	// Key is the path of the key, e.g. `network.logins[0].owner`; "" when the
	// whole file is meant.
	Key string
	// What is wrong, and the Cure as an instruction.
	What string
	Cure string
}

// String returns the problem as one line, without anything shaped like a token.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Key != "" {
		b.WriteString(": " + p.Key)
	}
	b.WriteString(": " + p.What)
	if p.Cure != "" {
		b.WriteString("; " + p.Cure)
	}
	return secret.Redact(strings.Join(strings.Fields(b.String()), " "))
}

// MarshalJSON writes the problem as an object with the keys file, line, key, what and
// cure, without anything shaped like a token.
func (p Problem) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]any{
		"file": p.File, "line": p.Line, "key": p.Key,
		"what": secret.Redact(p.What), "cure": secret.Redact(p.Cure),
	})
}

// Problems are all the mistakes of a configuration, in the order of the file. It
// is an error when there is any; use Err to get it as one.
type Problems []Problem

// Error returns the problems, one a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// ExitCode is the code with which a process ends that has these problems.
func (ps Problems) ExitCode() exit.Code { return exit.Config }

// Err returns the problems as an error, or nil when there are none.
func (ps Problems) Err() error {
	if len(ps) == 0 {
		return nil
	}
	return ps
}
