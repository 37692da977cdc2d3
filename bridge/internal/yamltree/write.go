package yamltree

import (
	"bytes"
	"strings"

	"gopkg.in/yaml.v3"
)

// EncodeKey writes a key and its value as lines of YAML, indented by a number of
// spaces.
func EncodeKey(indent int, name string, value *Node) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	pair := &Node{Kind: yaml.MappingNode, Content: []*Node{plain(Text(name)), plain(value)}}
	if err := encoder.Encode(pair); err != nil {
		return "", err
	}
	if err := encoder.Close(); err != nil {
		return "", err
	}
	return Indent(indent, out.String()), nil
}

// Indent puts spaces before each line of a text.
func Indent(spaces int, text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(strings.Repeat(" ", spaces) + line)
	}
	return b.String()
}

// Inline writes a value on one line.
func Inline(value *Node) (string, error) {
	flow := plain(value)
	flow.Style = yaml.FlowStyle
	text, err := yaml.Marshal(flow)
	return strings.TrimSpace(string(text)), err
}

// plain copies a node without its comments and style. A text of several lines is
// written as one, in quotes.
func plain(n *Node) *Node {
	copied := &Node{Kind: n.Kind, Tag: n.ShortTag(), Value: n.Value}
	if strings.ContainsAny(n.Value, "\n\r") {
		copied.Style = yaml.DoubleQuotedStyle
	}
	for _, below := range n.Content {
		copied.Content = append(copied.Content, plain(below))
	}
	return copied
}
