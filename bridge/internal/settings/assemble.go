package settings

import "ops-jrz1/bridge/internal/yamltree"

// place is where a value was read.
type place struct {
	file string
	line int
}

// assembly is the example with the values of one or more sources in it: complete,
// with every value of the right type. Whatever was wrong with a source is in
// problems, and the key then keeps the value it had before.
type assembly struct {
	table    *key
	fallback string // the file to name for a key that no source holds
	root     *yamltree.Node
	places   map[string]place
	refused  map[string]bool // paths whose value was not taken
	problems Problems
}

// assemble merges sources into the example, later ones over earlier ones. Lists
// and open maps are replaced as a whole.
func assemble(fallback string, sources ...source) *assembly {
	root := table()
	a := &assembly{table: root, fallback: fallback, root: exampleTree(root), places: map[string]place{}, refused: map[string]bool{}}
	for _, src := range sources {
		if src.root != nil {
			a.mergeSection(src.name, root, a.root, src.root)
		}
	}
	return a
}

// problem notes a mistake at a node of a source.
func (a *assembly) problem(file string, node *yamltree.Node, key, what, cure string) {
	a.problems = append(a.problems, Problem{File: file, Line: node.Line, Key: key, What: what, Cure: cure})
}

// complain notes a mistake in the value of a key, wherever that was read. Of a key
// whose value was refused already, nothing more is said.
func (a *assembly) complain(key, what, cure string) {
	for path := key; path != ""; path = yamltree.Parent(path) {
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
	for path := key; path != ""; path = yamltree.Parent(path) {
		if at, known := a.places[path]; known {
			return at
		}
	}
	return place{file: a.fallback}
}

// mergeSection puts the keys of value into target, which has the keys of s.
func (a *assembly) mergeSection(file string, s *key, target, value *yamltree.Node) {
	seen := map[string]bool{}
	for name, given := range yamltree.Pairs(value) {
		path := yamltree.Join(s.path, name.Value)
		switch {
		case !a.plainKey(file, s.path, name, seen):
		case s.child(name.Value) == nil:
			a.unknown(file, name, s, path)
		default:
			a.mergeValue(file, s.child(name.Value), target, given)
		}
	}
}

// plainKey says whether a key is a word that the mapping has once, and notes it if not.
func (a *assembly) plainKey(file, path string, name *yamltree.Node, seen map[string]bool) bool {
	switch {
	case !yamltree.IsPlainKey(name):
		a.problem(file, name, path, "has a key that is no plain word", "write keys as words, without anchors and merges")
		return false
	case seen[name.Value]:
		a.problem(file, name, yamltree.Join(path, name.Value), "is given twice", "keep one of the two")
		return false
	}
	seen[name.Value] = true
	return true
}

// mergeValue puts the value of a key into target, the section that has it.
func (a *assembly) mergeValue(file string, s *key, target, given *yamltree.Node) {
	if yamltree.IsNull(given) {
		return
	}
	if s.kind == kindSection && yamltree.IsMapping(given) {
		a.mergeSection(file, s, yamltree.Child(target, s.name), given)
		return
	}
	a.set(file, s, given)
}

// set gives a key a value, if that is of the right kind, and remembers where it was
// read.
func (a *assembly) set(file string, s *key, given *yamltree.Node) {
	if !a.accept(file, s, given, s.path) {
		a.refused[s.path] = true
		return
	}
	yamltree.Replace(a.find(yamltree.Parent(s.path)), s.name, given)
	a.forget(s.path)
	a.note(file, s.path, given)
}

// find returns the value of a key of the table.
func (a *assembly) find(path string) *yamltree.Node {
	found := yamltree.Find(a.root, path)
	if found == nil {
		panic("the table has no key " + path)
	}
	return found
}

// text returns the value of a scalar key.
func (a *assembly) text(path string) string { return a.find(path).Value }

// isOn says whether a key has a value that turns something on: not false, and not empty.
func (a *assembly) isOn(path string) bool {
	value := a.find(path)
	var on bool
	if value.Decode(&on) == nil {
		return on
	}
	return value.Value != ""
}

// forget drops the places of a list or an open map that is replaced.
func (a *assembly) forget(path string) {
	for key := range a.places {
		if yamltree.IsBelow(key, path) {
			delete(a.places, key)
		}
	}
}

// note remembers where a value and everything in it was read.
func (a *assembly) note(file, path string, node *yamltree.Node) {
	yamltree.Walk(path, node, func(below string, n *yamltree.Node) {
		a.places[below] = place{file: file, line: n.Line}
	})
}
