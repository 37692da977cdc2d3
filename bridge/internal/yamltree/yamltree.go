// Package yamltree reads YAML and JSON into trees that remember their lines, finds
// values in them by path, and writes keys so that a file keeps its comments and its
// order. It must not know what a key means, and no error of it quotes a value, which
// may be a secret.
package yamltree

import (
	"iter"
	"reflect"

	"gopkg.in/yaml.v3"
)

// Node is one value of a tree, with the line it was read from.
type Node = yaml.Node

// Text returns a node that holds a text.
func Text(value string) *Node {
	return &Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
}

// Mapping returns a mapping without keys.
func Mapping() *Node { return &Node{Kind: yaml.MappingNode, Tag: "!!map"} }

// List returns a list.
func List(items ...*Node) *Node {
	return &Node{Kind: yaml.SequenceNode, Tag: "!!seq", Content: items}
}

// IsMapping says whether a node is a mapping.
func IsMapping(n *Node) bool { return n.Kind == yaml.MappingNode }

// IsList says whether a node is a list.
func IsList(n *Node) bool { return n.Kind == yaml.SequenceNode }

// IsScalar says whether a node is a single value.
func IsScalar(n *Node) bool { return n.Kind == yaml.ScalarNode }

// IsNull says whether a node has no value.
func IsNull(n *Node) bool { return IsScalar(n) && n.ShortTag() == "!!null" }

// IsShared says whether a node is written somewhere else, or read from somewhere else:
// whether it has an anchor or is an alias.
func IsShared(n *Node) bool { return n.Kind == yaml.AliasNode || n.Anchor != "" }

// IsPlainKey says whether a mapping's key is a word, not a mapping or a merge.
func IsPlainKey(key *Node) bool { return IsScalar(key) && key.ShortTag() != "!!merge" }

// Pairs returns the keys of a mapping and their values, in order. It has none for
// other nodes.
func Pairs(mapping *Node) iter.Seq2[*Node, *Node] {
	return func(yield func(key, value *Node) bool) {
		if !IsMapping(mapping) {
			return
		}
		for i := 0; i+1 < len(mapping.Content); i += 2 {
			if !yield(mapping.Content[i], mapping.Content[i+1]) {
				return
			}
		}
	}
}

// Describe says what a node is, without its value.
func Describe(n *Node) string {
	switch {
	case IsMapping(n):
		return "a mapping"
	case IsList(n):
		return "a list"
	}
	switch n.ShortTag() {
	case "!!str":
		return "a text"
	case "!!bool":
		return "true or false"
	case "!!int":
		return "a whole number"
	case "!!float":
		return "a number with a point"
	case "!!timestamp":
		return "a date"
	case "!!null":
		return "nothing"
	default:
		return "something with a tag of its own"
	}
}

// Same compares what two nodes mean.
func Same(one, other *Node) bool {
	var a, b any
	return one.Decode(&a) == nil && other.Decode(&b) == nil && reflect.DeepEqual(a, b)
}
