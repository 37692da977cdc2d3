package settings

import (
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/yamltree"
)

// Markdown returns the reference page about the configuration: one table a section,
// with each key's comment. It is docs/reference/config.md in the repository.
func Markdown() []byte {
	var b strings.Builder
	b.WriteString(`# Configuration

<!-- Generated from the table in bridge/internal/settings: go test -tags goolm ./bridge/internal/settings -update -->

` + "`slack-bridge config example`" + ` prints a configuration with all of these keys. Any other key is an error, and a key that is
left out has the default. ` + "`slack-bridge config check`" + ` lists every mistake in a file; ` + "`slack-bridge config render`" + ` makes a file
from the example, overrides and files of secrets.

| default | means |
| --- | --- |
| ` + "`generate`" + ` | made once by ` + "`slack-bridge config render`" + `, then kept |
| ` + "`example.com`" + ` | to be replaced by your own |
`)
	root := table()
	defaults := exampleTree(root)
	for _, section := range root.keys {
		fmt.Fprintf(&b, "\n## `%s`\n\n%s\n\n| key | default | |\n| --- | --- | --- |\n", section.name, oneLine(section.doc))
		writeRows(&b, section, defaults)
	}
	return []byte(b.String())
}

func writeRows(b *strings.Builder, section *key, defaults *yamltree.Node) {
	text := ""
	for _, k := range section.keys {
		if k.doc != nil || k.kind == kindSection {
			text = oneLine(k.doc)
		}
		if k.kind != kindSection {
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", k.path, shownDefault(yamltree.Find(defaults, k.path)), text)
			continue
		}
		if text != "" {
			fmt.Fprintf(b, "| `%s` | | %s |\n", k.path, text)
		}
		writeRows(b, k, defaults)
	}
}

// oneLine writes a comment as one line of Markdown, in which the items of a list stay
// lines of their own.
func oneLine(doc []string) string {
	var b strings.Builder
	wasItem := false
	for _, line := range doc {
		isItem := strings.HasPrefix(line, "  ")
		switch {
		case b.Len() == 0:
		case isItem || wasItem:
			b.WriteString("<br>")
		default:
			b.WriteByte(' ')
		}
		wasItem = isItem
		b.WriteString(strings.NewReplacer("|", `\|`, "<", `\<`, "*", `\*`).Replace(strings.TrimSpace(line)))
	}
	return b.String()
}

// shownDefault writes a default on one line.
func shownDefault(value *yamltree.Node) string {
	shown, err := yamltree.Inline(value)
	if err != nil || shown == `""` {
		return "empty"
	}
	return "`" + strings.ReplaceAll(shown, "|", `\|`) + "`"
}
