package settings

import (
	"strings"

	"ops-jrz1/bridge/internal/yamltree"
)

// generatePlaceholder marks in the example where a secret is to be generated.
const generatePlaceholder = "generate"

// checkPlaceholders notes every value, and every key of an open map, that is still
// the example's, or that of mautrix's example.
func (a *assembly) checkPlaceholders(*Config) {
	a.table.leaves(func(s *key) {
		a.placeholdersIn(s.path, a.find(s.path))
	})
	for _, s := range a.table.generatedKeys() {
		needed := s.neededFor == "" || a.isOn(s.neededFor)
		if needed && isGeneratePlaceholder(a.text(s.path)) {
			a.complain(s.path, "has not been generated yet", "run `"+a.renderCommand()+"`")
		}
	}
}

// renderCommand is what fills in the secrets of the file at hand.
func (a *assembly) renderCommand() string {
	return "slack-bridge config render -c " + a.fallback + " --override " + a.fallback
}

func isGeneratePlaceholder(value string) bool {
	return value == generatePlaceholder || strings.HasPrefix(value, "This value is generated")
}

func (a *assembly) placeholdersIn(path string, node *yamltree.Node) {
	for name, value := range yamltree.Pairs(node) {
		below := yamltree.Join(path, name.Value)
		if holdsPlaceholder(name.Value) {
			a.complain(below, "is still from the example", "name your own server or people")
			continue
		}
		a.placeholdersIn(below, value)
	}
	switch {
	case yamltree.IsList(node):
		for i, item := range node.Content {
			a.placeholdersIn(yamltree.Element(path, i), item)
		}
	case yamltree.IsScalar(node) && holdsPlaceholder(node.Value):
		a.complain(path, "still has the example's value", "replace it by your own")
	}
}

// holdsPlaceholder says whether a value names the domain that is reserved for
// examples, or the database of mautrix's example.
func holdsPlaceholder(value string) bool {
	value = strings.ToLower(value)
	for rest := value; ; {
		before, after, found := strings.Cut(rest, "example.com")
		if !found {
			break
		}
		if endsAtLabel(before) && (after == "" || !isLabelByte(after[0])) {
			return true
		}
		rest = after
	}
	return strings.Contains(value, "user:password@host/") || strings.Contains(value, "your.server")
}

// endsAtLabel says whether a label of a domain could begin after text.
func endsAtLabel(text string) bool {
	return text == "" || !isLabelByte(text[len(text)-1])
}

func isLabelByte(b byte) bool {
	return b >= 'a' && b <= 'z' || b >= '0' && b <= '9' || b == '-'
}
