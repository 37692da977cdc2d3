package settings

import (
	"strings"

	"ops-jrz1/bridge/internal/yamltree"
)

// unknown notes a key that the table does not have, with the best cure there is:
// what a key of mautrix-slack is called here, a key that differs by a letter or two,
// or the section where a key of this name belongs.
func (a *assembly) unknown(file string, name *yamltree.Node, within *key, path string) {
	if cure := adviceFor(path); cure != "" {
		a.problem(file, name, path, "is no key of this bridge", cure)
		return
	}
	a.problem(file, name, path, "unknown key", a.suggest(name.Value, yamltree.Parent(path), within))
}

func (a *assembly) suggest(name, path string, within *key) string {
	best, bestDistance := "", 1+len(name)/4
	for _, known := range within.keys {
		if d := distance(name, known.name); d <= bestDistance {
			best, bestDistance = yamltree.Join(path, known.name), d
		}
		if best == "" && len(name) > 3 && (strings.HasPrefix(known.name, name) || strings.HasPrefix(name, known.name)) {
			best = yamltree.Join(path, known.name)
		}
	}
	if best != "" {
		return "did you mean " + best + "?"
	}
	if elsewhere := a.sameName(name); elsewhere != "" {
		return "did you mean " + elsewhere + "?"
	}
	return "remove it, or see the known keys in `slack-bridge config example`"
}

// sameName returns the path of the first key of the table that has this name.
func (a *assembly) sameName(name string) string {
	found := ""
	a.table.each(func(k *key) {
		if found == "" && k.name == name {
			found = k.path
		}
	})
	return found
}

// distance is the number of letters that have to be added, removed or exchanged to
// make one word of the other.
func distance(from, to string) int {
	row := make([]int, len(to)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(from) {
		previous := row[0]
		row[0] = i + 1
		for j := range len(to) {
			cost := previous
			if from[i] != to[j] {
				cost++
			}
			previous = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(to)]
}
