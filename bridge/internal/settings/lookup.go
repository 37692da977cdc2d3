package settings

import (
	"fmt"
	"strings"

	"gopkg.in/yaml.v3"
)

// valueOf returns the node of a key of the example, in the assembled tree.
func (a *assembly) valueOf(path string) *yaml.Node {
	node := a.root
	for path != "" {
		name, below, _ := strings.Cut(path, ".")
		node = child(node, name)
		if node == nil {
			panic("the example has no key " + name)
		}
		path = below
	}
	return node
}

// child returns the value of a key in a mapping, nil if it is not there.
func child(node *yaml.Node, name string) *yaml.Node {
	if node.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if node.Content[i].Value == name {
			return node.Content[i+1]
		}
	}
	return nil
}

// text returns the value of a scalar key.
func (a *assembly) text(path string) string { return a.valueOf(path).Value }

// isOn returns the value of a key that is true or false.
func (a *assembly) isOn(path string) bool {
	var on bool
	return a.valueOf(path).Decode(&on) == nil && on
}

// indexed is the path of an element of a list.
func indexed(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }
