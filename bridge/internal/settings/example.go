package settings

import (
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/yamltree"
)

// preamble is the comment at the top of a configuration.
const preamble = `# Configuration of slack-bridge.
#
# Every key that the bridge knows stands here with its default; any other key is
# an error. A key that is left out, or has no value, has the value it has here.
# ` + "`generate` is filled in by `slack-bridge config render`" + `, once, and example.com is
# yours to replace. ` + "`slack-bridge config check`" + ` lists every mistake in a file.
# Addresses are written as IP addresses: the name of the own machine resolves to ::1
# first, where nothing of this listens.
`

// Example returns the template of a configuration: every key with its comment
// and its default.
func Example() []byte { return []byte(exampleText(table())) }

func exampleText(root *key) string {
	text, err := write(root, func(*key) *yamltree.Node { return nil })
	if err != nil {
		panic("the defaults cannot be written: " + err.Error())
	}
	return text
}

// exampleTree is the example as a tree. It is made of the table, so a failure is a
// fault of the build.
func exampleTree(root *key) *yamltree.Node {
	tree, err := yamltree.Parse([]byte(exampleText(root)), false)
	if err != nil {
		panic("the example is no YAML: " + err.Error())
	}
	return tree
}

// write returns the text of a configuration: all keys with their comments and values.
// changed returns the value of a key, or nil where that is the default.
func write(root *key, changed func(*key) *yamltree.Node) (string, error) {
	var b strings.Builder
	b.WriteString(preamble)
	for _, section := range root.keys {
		b.WriteByte('\n')
		if err := writeKey(&b, 0, section, changed); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

const indent = 2

func writeKey(b *strings.Builder, depth int, k *key, changed func(*key) *yamltree.Node) error {
	for _, line := range k.doc {
		b.WriteString(yamltree.Indent(depth, strings.TrimRight("# "+line, " ")+"\n"))
	}
	if k.kind != kindSection {
		text, err := keyText(depth, k, changed(k))
		b.WriteString(text)
		return err
	}
	b.WriteString(yamltree.Indent(depth, k.name+":\n"))
	for _, below := range k.keys {
		if err := writeKey(b, depth+indent, below, changed); err != nil {
			return err
		}
	}
	return nil
}

// keyText writes a key with a value, or with its default as the table has it.
func keyText(depth int, k *key, value *yamltree.Node) (string, error) {
	switch {
	case value != nil:
		text, err := yamltree.EncodeKey(depth, k.name, value)
		if err != nil {
			return "", fmt.Errorf("writing %s: %w", k.path, err)
		}
		return text, nil
	case strings.Contains(k.value, "\n"):
		return yamltree.Indent(depth, k.name+":\n") + yamltree.Indent(depth+indent, k.value+"\n"), nil
	default:
		return yamltree.Indent(depth, k.name+": "+k.value+"\n"), nil
	}
}
