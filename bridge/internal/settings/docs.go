package settings

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// Markdown returns the reference page about the configuration, generated from the
// example: one table a section, with each key's comment. It stands in the repository
// as docs/reference/config.md.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Generated from bridge/internal/settings/example.yaml: go test -tags goolm ./bridge/internal/settings -update -->

` + "`slack-bridge config example`" + ` prints a configuration with all of these keys. Any other key is an error, and a key that is
left out has the default. ` + "`slack-bridge config check`" + ` lists every mistake in a file; ` + "`slack-bridge config render`" + ` makes a file
from the example, overrides and files of secrets.

| default | means |
| --- | --- |
| ` + "`generate`" + ` | made once by ` + "`slack-bridge config render`" + `, then kept |
| ` + "`example.com`" + ` | to be replaced by your own |
`)
	s := newSchema()
	for _, name := range s.names {
		section := s.children[name]
		fmt.Fprintf(&b, "\n## `%s`\n\n%s\n\n| key | default | |\n| --- | --- | --- |\n", name, comment(section.keyNode))
		writeKeys(&b, section, "")
	}
	return []byte(b.String())
}

func writeKeys(b *strings.Builder, section *schema, inherited string) {
	for _, name := range section.names {
		s := section.children[name]
		text := comment(s.keyNode)
		if text == "" && s.kind != kindSection {
			text = inherited // keys that share the comment of the one before
		}
		inherited = text
		if s.kind == kindSection {
			if text != "" {
				fmt.Fprintf(b, "| `%s` | | %s |\n", s.path, text)
			}
			writeKeys(b, s, "")
			continue
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", s.path, defaultOf(s), text)
	}
}

// comment returns the comment above a key as one line of Markdown. Its indented lines
// stay lines of their own.
func comment(key *yaml.Node) string {
	var b strings.Builder
	wasList := false
	for line := range strings.Lines(key.HeadComment) {
		text := strings.TrimPrefix(strings.TrimSpace(line), "#")
		isList := strings.HasPrefix(text, "   ")
		switch {
		case b.Len() == 0:
		case isList || wasList:
			b.WriteString("<br>")
		default:
			b.WriteByte(' ')
		}
		wasList = isList
		b.WriteString(strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`).Replace(strings.TrimSpace(text)))
	}
	return b.String()
}

// defaultOf shows the default of a key as it would be written on one line.
func defaultOf(s *schema) string {
	flow := plainNode(s.valueNode)
	flow.Style = yaml.FlowStyle
	text, err := yaml.Marshal(flow)
	shown := strings.TrimSpace(string(text))
	if err != nil || shown == `""` {
		return "empty"
	}
	return "`" + strings.ReplaceAll(shown, "|", `\|`) + "`"
}
