package appsetup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"ops-jrz1/bridge/internal/slackapp"
)

// Report is what an app lacks and has too much.
type Report struct {
	// App is the app's id, "" for a manifest from a file.
	App      string             `json:"app,omitempty"`
	Name     string             `json:"name"`
	Findings []slackapp.Finding `json:"findings"`
}

// Check compares an app with what the bridge asks for.
func (s Setup) Check(ctx context.Context, app string) (Report, error) {
	slack, err := s.open(ctx)
	if err != nil {
		return Report{}, err
	}
	return slack.check(ctx, app)
}

// Look is Check with the configuration token that is in the file, which works for twelve
// hours: nothing is exchanged, and no file is changed.
func (s Setup) Look(ctx context.Context, app string) (Report, error) {
	tokens, err := s.Tokens.peek()
	if err != nil {
		return Report{}, err
	}
	return s.with(tokens).check(ctx, app)
}

func (s *session) check(ctx context.Context, app string) (Report, error) {
	manifest, err := s.export(ctx, app)
	if err != nil {
		return Report{}, err
	}
	return report(app, manifest)
}

// Compare is Check for the text of a manifest, in JSON or YAML.
func Compare(text []byte) (Report, error) {
	manifest, err := parse(text)
	if err != nil {
		return Report{}, err
	}
	return report("", manifest)
}

func report(app string, manifest slackapp.Existing) (Report, error) {
	findings, err := manifest.Findings()
	if findings == nil {
		findings = []slackapp.Finding{} // a list in JSON
	}
	return Report{App: app, Name: manifest.Name(), Findings: findings}, err
}

// Blocked says whether the bridge cannot do its work with the app.
func (r Report) Blocked() bool { return slices.ContainsFunc(r.Findings, slackapp.Finding.Blocks) }

// WriteJSON writes the report for programs.
func (r Report) WriteJSON(w io.Writer) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// WriteText writes the report as one list for the person who administers the app.
func (r Report) WriteText(w io.Writer) error {
	if len(r.Findings) == 0 {
		_, err := fmt.Fprintf(w, "%s has what the bridge asks for, and nothing else\n", called(r.App, r.Name))
		return err
	}
	if _, err := fmt.Fprintf(w, "%s %s\n\n", called(r.App, r.Name), r.summary()); err != nil {
		return err
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Findings {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", f.Verdict, f.Kind, f.Name, f.Need, explain(f))
	}
	return table.Flush()
}

// summary counts the findings.
func (r Report) summary() string {
	var parts []string
	add := func(verdict slackapp.Verdict, format string) {
		kinds := map[string]int{}
		var order []string
		for _, f := range r.Findings {
			if f.Verdict == verdict {
				if kinds[f.Kind]++; kinds[f.Kind] == 1 {
					order = append(order, f.Kind)
				}
			}
		}
		var counts []string
		for _, kind := range order {
			counts = append(counts, count(kinds[kind], kind))
		}
		if counts != nil {
			parts = append(parts, fmt.Sprintf(format, strings.Join(counts, " and ")))
		}
	}
	add(slackapp.Lacks, "lacks %s")
	add(slackapp.Wrong, "has %s that must be another")
	add(slackapp.TooMuch, "has %s that the bridge does not ask for")
	return strings.Join(parts, ", ")
}

func count(n int, kind string) string {
	if n == 1 {
		return "1 " + kind
	}
	return fmt.Sprintf("%d %ss", n, kind)
}

// explain says what a finding means to the administrator.
func explain(f slackapp.Finding) string {
	if f.Verdict == slackapp.TooMuch {
		return "may go if nothing else uses this app"
	}
	return f.For + "; otherwise " + f.Without
}

// called names an app.
func called(app, name string) string {
	if app == "" {
		return fmt.Sprintf("%q", name)
	}
	return fmt.Sprintf("%s %q", app, name)
}
