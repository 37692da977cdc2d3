package yamltree

import (
	"fmt"
	"strings"
)

// A path names a value: keys are joined by dots, elements of lists have their index in
// brackets, as in `network.logins[0].owner`. The empty path is the whole tree.

// Join appends a key to a path.
func Join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// Element is the path of an element of a list.
func Element(path string, index int) string { return fmt.Sprintf("%s[%d]", path, index) }

// Parent is the path of what a key belongs to, "" at the top.
func Parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// IsBelow says whether a path leads to something inside of another.
func IsBelow(path, other string) bool {
	rest, begins := strings.CutPrefix(path, other)
	return begins && rest != "" && (rest[0] == '.' || rest[0] == '[')
}

// Child returns the value of a key in a mapping, nil if it is not there.
func Child(mapping *Node, name string) *Node {
	for key, value := range Pairs(mapping) {
		if key.Value == name {
			return value
		}
	}
	return nil
}

// Find returns the value at a path of keys, nil if it is not there. root may be nil.
func Find(root *Node, path string) *Node {
	for root != nil && path != "" {
		name, below, _ := strings.Cut(path, ".")
		root, path = Child(root, name), below
	}
	return root
}

// Replace puts another value in the place of a key of a mapping. It returns false if
// the mapping does not have the key.
func Replace(mapping *Node, name string, value *Node) bool {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == name {
			mapping.Content[i+1] = value
			return true
		}
	}
	return false
}

// With returns a copy of a mapping in which a key has another value. A key that it
// does not have comes last, and so does one that it has.
func With(mapping, key, value *Node) *Node {
	copied := Mapping()
	for k, v := range Pairs(mapping) {
		if k.Value != key.Value {
			copied.Content = append(copied.Content, k, v)
		}
	}
	copied.Content = append(copied.Content, key, value)
	return copied
}

// Walk calls yield for a node and everything in it, with the path of each.
func Walk(path string, n *Node, yield func(path string, n *Node)) {
	yield(path, n)
	for key, value := range Pairs(n) {
		Walk(Join(path, key.Value), value, yield)
	}
	if IsList(n) {
		for i, item := range n.Content {
			Walk(Element(path, i), item, yield)
		}
	}
}
