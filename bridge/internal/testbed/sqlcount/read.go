package sqlcount

import (
	"fmt"
	"os"
	"strings"
)

// Statement is one statement that was given to a driver.
type Statement struct {
	// Callers are the functions that asked, the nearest first, without those of
	// database/sql and dbutil.
	Callers []string
	// Query is its text with single blanks.
	Query string
}

// Read returns what a program has noted so far, without the first skip statements.
func Read(path string, skip int) ([]Statement, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the noted statements: %w", err)
	}
	var all []Statement
	for line := range strings.Lines(string(text)) {
		callers, query, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			return nil, fmt.Errorf("read the noted statements: %q is not one", line)
		}
		all = append(all, Statement{strings.Split(callers, " < "), query})
	}
	if skip > len(all) {
		return nil, fmt.Errorf("read the noted statements: there are %d, not %d", len(all), skip)
	}
	return all[skip:], nil
}
