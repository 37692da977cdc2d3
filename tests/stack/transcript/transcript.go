// Package transcript reads the console blocks of a document: what is typed, and what is
// shown in return. It must not run anything.
package transcript

import (
	"fmt"
	"regexp"
	"strings"
)

// Block is a console block of a document.
type Block struct {
	// Line is the number of its first line, Heading the heading that it is under.
	Line    int
	Heading string
	// Mark is what is said above a block that is not run: its subject and the reason.
	Mark  *Mark
	Steps []Step
}

// Mark says why a block is not run.
type Mark struct{ Subject, Reason string }

// Step is a command and what it shows.
type Step struct {
	// Root says that it is typed on the server.
	Root    bool
	Command string
	Shown   []string
}

var mark = regexp.MustCompile(`^† ([^:]+): (.+)$`)

// Parse returns the console blocks of a document. A block without a command, and output
// before the first one, is an error.
func Parse(document string) ([]Block, error) {
	var blocks []Block
	var open *Block
	heading, above := "", ""
	for i, line := range strings.Split(document, "\n") {
		switch {
		case open == nil && line == "```console":
			open = &Block{Line: i + 2, Heading: heading}
			if found := mark.FindStringSubmatch(above); found != nil {
				open.Mark = &Mark{found[1], found[2]}
			}
		case open != nil && line == "```":
			if len(open.Steps) == 0 {
				return nil, fmt.Errorf("line %d: a block without a command", open.Line)
			}
			blocks = append(blocks, *open)
			open, above = nil, ""
		case open != nil:
			if err := open.add(line); err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
		case strings.HasPrefix(line, "## "):
			heading, above = strings.TrimPrefix(line, "## "), ""
		case line != "":
			above = line
		}
	}
	if open != nil {
		return nil, fmt.Errorf("line %d: the block has no end", open.Line)
	}
	return blocks, nil
}

func (b *Block) add(line string) error {
	for prompt, root := range map[string]bool{"$ ": false, "# ": true} {
		if command, ok := strings.CutPrefix(line, prompt); ok {
			b.Steps = append(b.Steps, Step{Root: root, Command: command})
			return nil
		}
	}
	if len(b.Steps) == 0 {
		return fmt.Errorf("%q is shown before anything is typed", line)
	}
	last := &b.Steps[len(b.Steps)-1]
	last.Shown = append(last.Shown, line)
	return nil
}

// Compare says how output differs from what is shown. In a line … stands for any text, on
// a line of its own for any lines, also none.
func (s Step) Compare(output string) error {
	var pattern strings.Builder
	pattern.WriteString(`\A`)
	for _, line := range s.Shown {
		if line == "…" {
			pattern.WriteString(`(?:.*\n)*?`)
			continue
		}
		for i, part := range strings.Split(line, "…") {
			if i > 0 {
				pattern.WriteString(`.*`)
			}
			pattern.WriteString(regexp.QuoteMeta(part))
		}
		pattern.WriteString(`[ ]*\n`)
	}
	pattern.WriteString(`\z`)
	output = strings.TrimSuffix(output, "\n") + "\n"
	if output == "\n" {
		output = ""
	}
	if !regexp.MustCompile(pattern.String()).MatchString(output) {
		return fmt.Errorf("%s\n--- the document shows\n%s\n--- it printed\n%s", s.Command, strings.Join(s.Shown, "\n"), output)
	}
	return nil
}
