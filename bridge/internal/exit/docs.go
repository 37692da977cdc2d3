package exit

import (
	"fmt"
	"strings"
)

// Markdown returns the reference page about the exit codes, generated from Codes. It
// is in the repository as docs/reference/exit-codes.md.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(`# Exit codes

<!-- Generated from the table in bridge/internal/exit: go test ./bridge/internal/exit -update -->

` + "`slack-bridge`" + ` ends with the codes of sysexits.h. What happened, where, and the cure are in the last lines of its
standard error output. systemd starts the bridge again after the codes marked so; after the others it would only fail
again.

| code | name | meaning | what to do | restarted |
| --- | --- | --- | --- | --- |
`)
	for _, row := range Codes() {
		restarted := "no"
		if row.Restart {
			restarted = "yes"
		}
		fmt.Fprintf(&b, "| %d | `%s` | %s | %s | %s |\n", row.Code, row.Name, row.Meaning, row.Do, restarted)
	}
	fmt.Fprintf(&b, "\nFor a unit of your own: `Restart=on-failure` and `RestartPreventExitStatus=%s`.\n", lasting())
	return []byte(b.String())
}

// lasting returns the codes of failures that a restart does not cure.
func lasting() string {
	var codes []string
	for _, row := range Codes() {
		if row.Code != OK && !row.Restart {
			codes = append(codes, fmt.Sprint(int(row.Code)))
		}
	}
	return strings.Join(codes, " ")
}
