// Package features holds the table of what the bridge carries: docs/features.yaml, the pages
// that are made of it, and its comparison with a run of the tests. It must not run any test.
package features

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// File is the table, seen from the repository's root.
const File = "docs/features.yaml"

const (
	// wanted is how many rows there are, and shown how many of them README has.
	wanted = 56
	shown  = 10
)

// Row is one feature. What the bridge claims of it follows from its tests, see [Row.State].
type Row struct {
	Number  int    `yaml:"row"`
	Feature string `yaml:"feature"`
	// Here is what this bridge does, or is going to do while the row has no test.
	Here string `yaml:"here"`
	// Tests are the sub-tests that show it, each as "package Test/sub-test".
	Tests []Proof `yaml:"tests"`
	// Missing is the part of it that no test shows yet.
	Missing string `yaml:"missing"`
	// Impossible quotes the method or event that Slack does not have.
	Impossible string `yaml:"impossible"`

	Mautrix      Peer `yaml:"mautrix-slack"`
	Cookie       Peer `yaml:"mautrix-slack-cookie"`
	Appservice   Peer `yaml:"appservice-slack"`
	Matterbridge Peer `yaml:"matterbridge"`
	// Readme puts the row into README.
	Readme bool `yaml:"readme"`
}

// Peer is what another bridge does: yes, partly, no or n/a, and after a colon what there is
// to say about that.
type Peer string

// state is the word that a cell begins with.
func (p Peer) state() string {
	word, _, _ := strings.Cut(string(p), ":")
	return word
}

// State is what the table claims of a row.
type State string

// A row is done or partly done only with a sub-test that shows it.
const (
	Done       State = "yes"
	Partly     State = "partly"
	NotYet     State = "not yet"
	Impossible State = "impossible"
)

// State returns what is claimed of a row.
func (r Row) State() State {
	switch {
	case r.Impossible != "":
		return Impossible
	case len(r.Tests) == 0:
		return NotYet
	case r.Missing != "":
		return Partly
	default:
		return Done
	}
}

// Proof is a sub-test, as "bridge/e2e TestReaction/13 from Slack".
type Proof string

// Package is the test's package, seen from the repository's root.
func (p Proof) Package() string {
	name, _, _ := strings.Cut(string(p), " ")
	return name
}

// Name is the sub-test's name, with spaces as its source has them.
func (p Proof) Name() string {
	_, name, _ := strings.Cut(string(p), " ")
	return name
}

// Function is the Go function that the sub-test is in.
func (p Proof) Function() string {
	name, _, _ := strings.Cut(p.Name(), "/")
	return name
}

// Last is the sub-test's own name, without those of the tests that it is in.
func (p Proof) Last() string { return p.Name()[strings.LastIndexByte(p.Name(), '/')+1:] }

// InRun is how `go test -json` calls a test: it writes spaces as underscores.
func InRun(name string) string { return strings.ReplaceAll(name, " ", "_") }

// Load reads the table and sees that each row says what it has to.
func Load(path string) ([]Row, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(text)
}

// Parse is [Load] of a text.
func Parse(text []byte) ([]Row, error) {
	var rows []Row
	dec := yaml.NewDecoder(bytes.NewReader(text))
	dec.KnownFields(true)
	if err := dec.Decode(&rows); err != nil {
		return nil, fmt.Errorf("%s: %w", File, err)
	}
	var wrong []error
	for i, row := range rows {
		if row.Number != i+1 {
			return nil, fmt.Errorf("%s: after row %d comes row %d", File, i, row.Number)
		}
		wrong = append(wrong, row.check()...)
	}
	if len(rows) != wanted {
		wrong = append(wrong, fmt.Errorf("%s: %d rows of %d", File, len(rows), wanted))
	}
	inReadme := slices.DeleteFunc(slices.Clone(rows), func(row Row) bool { return !row.Readme })
	if len(inReadme) != shown {
		wrong = append(wrong, fmt.Errorf("%s: %d rows are for README, which shows %d", File, len(inReadme), shown))
	}
	return rows, errors.Join(wrong...)
}

// slacksOwn matches a quoted method or event of Slack.
var slacksOwn = regexp.MustCompile("`[a-z_]+(\\.[a-zA-Z]+)*`")

// check says what is wrong with a row.
func (r Row) check() (wrong []error) {
	add := func(format string, args ...any) {
		wrong = append(wrong, fmt.Errorf("%s: row %d: "+format, append([]any{File, r.Number}, args...)...))
	}
	for key, text := range map[string]string{
		"feature": r.Feature, "here": r.Here, "mautrix-slack": string(r.Mautrix), "mautrix-slack-cookie": string(r.Cookie),
		"appservice-slack": string(r.Appservice), "matterbridge": string(r.Matterbridge),
	} {
		if text == "" {
			add("%s is not there", key)
		}
		if strings.ContainsAny(text, "|\n") {
			add("%s does not fit into a table", key)
		}
	}
	for _, peer := range []Peer{r.Mautrix, r.Cookie, r.Appservice, r.Matterbridge} {
		if !slices.Contains([]string{"yes", "partly", "no", "n/a"}, peer.state()) {
			add("%q does not begin with yes, partly, no or n/a", peer)
		}
	}
	if r.Missing != "" && len(r.Tests) == 0 {
		add("something is missing, but no test shows the rest")
	}
	if r.Impossible != "" && (len(r.Tests) > 0 || !slacksOwn.MatchString(r.Impossible)) {
		add("impossible has no tests, and quotes the method or event that Slack does not have")
	}
	for _, proof := range r.Tests {
		if proof.Function() == proof.Name() || !strings.HasPrefix(proof.Last(), strconv.Itoa(r.Number)+" ") {
			add("%q is not a sub-test whose name begins with %d", proof, r.Number)
		}
	}
	return wrong
}

// Unproven returns the sub-tests that rows name and that did not pass: passed holds the names
// of those that did, as "package Test/sub-test" with the package's import path.
func Unproven(rows []Row, module string, passed map[string]bool) (missing []string) {
	for _, row := range rows {
		for _, proof := range row.Tests {
			if !passed[module+"/"+proof.Package()+" "+InRun(proof.Name())] {
				missing = append(missing, fmt.Sprintf("row %d: %s", row.Number, proof))
			}
		}
	}
	return missing
}
