package settings

import (
	"bytes"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/exit"
)

// splice returns the text of the example with the lines of every changed key
// replaced. Nothing else of the text changes, so that comments, order and spacing
// stay. That the result reads as what was assembled is checked.
func (a *assembly) splice() ([]byte, error) {
	lines := strings.SplitAfter(string(exampleText), "\n")
	var failed error
	a.schema.leaves(func(s *schema) {
		value := a.valueOf(s.path)
		if value == s.valueNode || sameValue(value, s.valueNode) {
			return
		}
		text, err := encodeKey(s.keyNode, value)
		if err != nil {
			failed = exit.New(exit.Software, "writing %s: %w", s.path, err)
			return
		}
		first, last := s.keyNode.Line-1, lastLine(s.valueNode)-1
		lines[first] = text
		for i := first + 1; i <= last; i++ {
			lines[i] = ""
		}
	})
	if failed != nil {
		return nil, failed
	}
	rendered := []byte(strings.Join(lines, ""))
	root, err := parseYAML(rendered)
	if err != nil || !sameValue(root, a.root) {
		return nil, exit.New(exit.Software, "the configuration does not read as it was written")
	}
	return rendered, nil
}

// sameValue compares what two nodes mean.
func sameValue(one, other *yaml.Node) bool {
	var a, b any
	return one.Decode(&a) == nil && other.Decode(&b) == nil && reflect.DeepEqual(a, b)
}

// lastLine is the line on which a value of the example ends.
func lastLine(node *yaml.Node) int {
	last := node.Line
	for _, below := range node.Content {
		last = max(last, lastLine(below))
	}
	return last
}

// encodeKey writes a key and its value, indented as deep as the key stands.
func encodeKey(key, value *yaml.Node) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	pair := &yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{plainNode(key), plainNode(value)}}
	if err := encoder.Encode(pair); err != nil {
		return "", err
	}
	if err := encoder.Close(); err != nil {
		return "", err
	}
	var text strings.Builder
	for line := range strings.Lines(out.String()) {
		text.WriteString(strings.Repeat(" ", key.Column-1) + line)
	}
	return text.String(), nil
}

// plainNode copies a node without its comments and style. A text of several lines
// is written as one, in quotes.
func plainNode(node *yaml.Node) *yaml.Node {
	plain := &yaml.Node{Kind: node.Kind, Tag: node.ShortTag(), Value: node.Value}
	if strings.ContainsAny(node.Value, "\n\r") {
		plain.Style = yaml.DoubleQuotedStyle
	}
	for _, below := range node.Content {
		plain.Content = append(plain.Content, plainNode(below))
	}
	return plain
}
