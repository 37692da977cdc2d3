package features

import (
	"bytes"
	"fmt"
	"strings"
)

// The lines of README between which its rows are.
const (
	begin = "<!-- from docs/features.yaml: make docs -->\n"
	end   = "<!-- end -->\n"
)

const head = `# What crosses, next to the other bridges

<!-- Generated from docs/features.yaml: make docs -->

Each row says what this bridge does and which tests show it. ` + "`make test`" + ` fails when one of them did not
run and pass, so that no row claims more than what was seen on an emulated Slack and a real homeserver.
"Not yet" is a plan: it is not built, or no test shows it.

The others were read, and mautrix-slack and matterbridge also run, in November 2026:
[mautrix-slack](https://github.com/mautrix/slack) v26.08, with an app's tokens and with a person's browser
cookie; [matrix-appservice-slack](https://github.com/matrix-org/matrix-appservice-slack) 2.1.2, which is archived;
[matterbridge](https://github.com/42wim/matterbridge) of July 2026.

| | feature | here | | mautrix-slack, app | mautrix-slack, cookie | appservice-slack | matterbridge |
| --- | --- | --- | --- | --- | --- | --- | --- |
`

// Markdown returns docs/features.md.
func Markdown(rows []Row) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	count := map[State]int{}
	for _, row := range rows {
		count[row.State()]++
		fmt.Fprintf(&b, "| %d | %s | **%s** | %s | %s | %s | %s | %s |\n", row.Number, row.Feature, row.State(), row.cell(),
			row.Mautrix, row.Cookie, row.Appservice, row.Matterbridge)
	}
	fmt.Fprintf(&b, "\nOf %d rows %d are done, %d partly, %d not yet, and %d cannot be: Slack has nothing for it.\n",
		len(rows), count[Done], count[Partly], count[NotYet], count[Impossible])
	b.WriteString("\n## The tests of each row\n\n| | sub-tests |\n| --- | --- |\n")
	for _, row := range rows {
		if len(row.Tests) == 0 {
			continue
		}
		names := make([]string, len(row.Tests))
		for i, proof := range row.Tests {
			names[i] = "`" + proof.Name() + "` in `" + proof.Package() + "`"
		}
		fmt.Fprintf(&b, "| %d | %s |\n", row.Number, strings.Join(names, "; "))
	}
	return b.Bytes()
}

// cell is what a row says of this bridge.
func (r Row) cell() string {
	switch r.State() {
	case Impossible:
		return r.Impossible
	case Partly:
		return r.Here + "; missing: " + r.Missing
	default:
		return r.Here
	}
}

// Readme returns README with its rows of the table.
func Readme(rows []Row, readme []byte) ([]byte, error) {
	before, rest, ok := bytes.Cut(readme, []byte(begin))
	_, after, closed := bytes.Cut(rest, []byte(end))
	if !ok || !closed {
		return nil, fmt.Errorf("README.md has no lines %q and %q with the features between them", begin, end)
	}
	var b bytes.Buffer
	b.Write(before)
	b.WriteString(begin + "| | here | mautrix-slack | appservice-slack | matterbridge |\n| --- | --- | --- | --- | --- |\n")
	for _, row := range rows {
		if row.Readme {
			fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", row.Feature, row.State(), row.Mautrix.state(), row.Appservice.state(), row.Matterbridge.state())
		}
	}
	b.WriteString(end)
	b.Write(after)
	return b.Bytes(), nil
}
