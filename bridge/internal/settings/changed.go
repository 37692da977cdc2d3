package settings

import (
	"fmt"
	"slices"

	"ops-jrz1/bridge/internal/yamltree"
)

// Changed names the keys that two texts of a configuration do not have in common, or that
// have another value in each. What was edited by hand in a file that is rendered again is
// among them. It shows no value.
func Changed(before, after []byte) ([]string, error) {
	var roots [2]*yamltree.Node
	for i, text := range [][]byte{before, after} {
		root, err := yamltree.Parse(text, false)
		if err != nil {
			return nil, fmt.Errorf("compare configurations: %w", err)
		}
		if root == nil {
			root = yamltree.Mapping()
		}
		roots[i] = root
	}
	changed := append(differing("", roots[0], roots[1]), differing("", roots[1], roots[0])...)
	slices.Sort(changed)
	return slices.Compact(changed), nil
}

// differing are the keys of a mapping, and of those in it, that have another value or none
// in another.
func differing(path string, in, other *yamltree.Node) (changed []string) {
	for key, value := range yamltree.Pairs(in) {
		at, there := yamltree.Join(path, key.Value), yamltree.Child(other, key.Value)
		switch {
		case there == nil:
			changed = append(changed, at)
		case yamltree.IsMapping(value) && yamltree.IsMapping(there):
			changed = append(changed, differing(at, value, there)...)
		case !yamltree.Same(value, there):
			changed = append(changed, at)
		}
	}
	return changed
}
