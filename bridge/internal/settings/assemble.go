package settings

import (
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// place is where a value was read.
type place struct {
	file string
	line int
}

// assembly is the example with the values of one or more sources in it: complete,
// with every value of the right type. Whatever was wrong with a source is in
// problems, and the key then keeps the value it had before.
type assembly struct {
	schema   *schema
	fallback string // the file to name for a key that no source holds
	root     *yaml.Node
	places   map[string]place
	refused  map[string]bool // paths whose value was not taken
	problems Problems
}

// assemble merges sources into the example, later ones over earlier ones. Lists
// and open maps are replaced as a whole.
func assemble(fallback string, sources ...source) *assembly {
	s := newSchema()
	a := &assembly{schema: s, fallback: fallback, root: s.valueNode, places: map[string]place{}, refused: map[string]bool{}}
	for _, src := range sources {
		if src.root != nil {
			a.mergeSection(src.name, s, a.root, src.root)
		}
	}
	return a
}

// problem notes a mistake at a node of a source.
func (a *assembly) problem(file string, node *yaml.Node, key, what, cure string) {
	a.problems = append(a.problems, Problem{File: file, Line: node.Line, Key: key, What: what, Cure: cure})
}

// complain notes a mistake in the value of a key, wherever that was read. Of a key
// whose value was refused already, nothing more is said.
func (a *assembly) complain(key, what, cure string) {
	for path := key; path != ""; path = parent(path) {
		if a.refused[path] {
			return
		}
	}
	at := a.placeOf(key)
	a.problems = append(a.problems, Problem{File: at.file, Line: at.line, Key: key, What: what, Cure: cure})
}

// placeOf returns where the value of a key was read, or for a key that is missing
// in an element of a list, that element; without a line if the key has its default.
func (a *assembly) placeOf(key string) place {
	for path := key; path != ""; path = parent(path) {
		if at, known := a.places[path]; known {
			return at
		}
	}
	return place{file: a.fallback}
}

// parent is the path of what a key stands in, "" at the top.
func parent(path string) string {
	return path[:max(0, strings.LastIndexAny(path, ".["))]
}

// mergeSection puts the keys of value into target, which has the keys of s.
func (a *assembly) mergeSection(file string, s *schema, target, value *yaml.Node) {
	seen := map[string]bool{}
	for i := 0; i+1 < len(value.Content); i += 2 {
		key, given := value.Content[i], value.Content[i+1]
		path := join(s.path, key.Value)
		switch {
		case !a.plainKey(file, s.path, key, seen):
		case s.children[key.Value] == nil:
			a.unknown(file, key, s, path)
		default:
			a.mergeValue(file, s.children[key.Value], target, given, path)
		}
	}
}

// plainKey says whether a key is a scalar that stands there once, and notes it if
// not.
func (a *assembly) plainKey(file, path string, key *yaml.Node, seen map[string]bool) bool {
	switch {
	case key.Kind != yaml.ScalarNode || key.ShortTag() == "!!merge":
		a.problem(file, key, path, "has a key that is no plain word", "write keys as words, without anchors and merges")
		return false
	case seen[key.Value]:
		a.problem(file, key, join(path, key.Value), "stands there twice", "keep one of the two")
		return false
	}
	seen[key.Value] = true
	return true
}

// mergeValue puts one value in the place that target has for s.
func (a *assembly) mergeValue(file string, s *schema, target, given *yaml.Node, path string) {
	if isNull(given) {
		return
	}
	slot := slotOf(target, s)
	if s.kind == kindSection && given.Kind == yaml.MappingNode {
		a.mergeSection(file, s, target.Content[slot], given)
		return
	}
	if !a.accept(file, s, given, path) {
		a.refused[path] = true
	} else {
		target.Content[slot] = given
		a.forget(path)
		a.note(file, path, given)
	}
}

// slotOf returns the index in a mapping's content of the value of s.
func slotOf(target *yaml.Node, s *schema) int {
	return 1 + slices.IndexFunc(target.Content, func(n *yaml.Node) bool { return n == s.keyNode })
}

// forget drops the places of a list or an open map that is replaced.
func (a *assembly) forget(path string) {
	for key := range a.places {
		if key != path && isBelow(key, path) {
			delete(a.places, key)
		}
	}
}

func isBelow(key, path string) bool {
	return len(key) > len(path) && key[:len(path)] == path && (key[len(path)] == '.' || key[len(path)] == '[')
}

// note remembers where a value and everything in it was read.
func (a *assembly) note(file, path string, node *yaml.Node) {
	a.places[path] = place{file: file, line: node.Line}
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			a.note(file, join(path, node.Content[i].Value), node.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			a.note(file, indexed(path, i), item)
		}
	}
}
