package doctor

import (
	"fmt"
	"net/url"
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// Markdown returns the reference page about the checks and what they find, generated
// from their tables. It is in the repository as docs/reference/doctor.md.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(`# The doctor

<!-- Generated from the tables in bridge/internal/doctor: go test ./bridge/internal/doctor -update -->

` + "`slack-bridge doctor -c config.yaml`" + ` asks every hop between Slack and Matrix how it is, side by side, and changes nothing.
It runs as the bridge's own user, because the database knows it by that; on a host of this repository
` + "`ops-doctor`" + ` does that, with the host's own units and names.

It ends with 0 when every *gating* check passed, and otherwise with the code of the first that failed (the codes are
those of [exit-codes.md](exit-codes.md)). The other checks are *reported*: a host without Slack tokens, DNS entry or
certificate is a sound host that waits for something. With ` + "`--strict`" + ` their failures count as well.

For the same fault the code is that of ` + "`slack-bridge run`" + `. Two kinds of faults only a bridge that runs can show. One in the
way from the homeserver to the bridge, such as another hs_token there, has its code while the bridge waits for it. And
whether the bridge may write where it has to, it tries itself. Once it has ended because of either, no bridge answers: 69.

All checks together take five seconds at most; ` + "`--timeout`" + ` changes it. What has not answered by then is reported as silent.

## Checks

| check | hop | | what it asks | needs |
| --- | --- | --- | --- | --- |
`)
	everything := newExamination(Options{Deep: true, Proxy: &url.URL{}, Tokens: "configuration-tokens.json", Public: []string{"example.com"}})
	for _, c := range everything.checks() {
		kind := "reported"
		if c.gating {
			kind = "gating"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n", c.name, c.hop, kind, c.about, quoted(c.needs))
	}
	b.WriteString(`
A check whose need failed is *not run*: its answer would only say the same again.

One cause is reported once. What follows from another finding is left out, and a check with nothing left is *not run*
as well, so the cause decides the exit code:

| finding | is left out when there is |
| --- | --- |
`)
	for _, r := range consequences() {
		fmt.Fprintf(&b, "| %s | %s |\n", signsText(r.effects), signsText(r.causes))
	}
	b.WriteString(`
## Findings

` + "`--json`" + ` prints an object with ` + "`ok`, `exit` and `checks`" + `. A check has ` + "`check`, `hop`, `gating`, `state`" + ` (` + "`ok`, `waits`, `warned`, `failed`, `not run`" + `)
and ` + "`findings`" + `; a finding has ` + "`code`, `severity`, `title`, `detail`, `cure`, `check`, `hop`, `depends_on`, `exit`" + ` and all of it
in one ` + "`line`" + `. No finding shows a token.

| code | severity | exit | when |
| --- | --- | --- | --- |
`)
	for _, k := range kinds() {
		code := "–"
		if k.exit != exit.OK {
			code = fmt.Sprint(int(k.exit))
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", k.code, k.severity, code, k.about)
	}
	return []byte(b.String())
}

// signsText names findings, those about units with the unit.
func signsText(signs []sign) string {
	var out []string
	for _, s := range signs {
		text := "`" + string(s.code) + "`"
		if s.unit != "" {
			text += " of `" + s.unit + "`"
		}
		out = append(out, text)
	}
	return strings.Join(out, ", ")
}

func quoted(names []string) string {
	var out []string
	for _, name := range names {
		out = append(out, "`"+name+"`")
	}
	return strings.Join(out, ", ")
}
