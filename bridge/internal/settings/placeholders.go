package settings

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// generatePlaceholder stands in the example where a secret is to be generated.
const generatePlaceholder = "generate"

// generatedKeys are the secrets that Render makes when nobody gives them.
func generatedKeys() []string {
	return []string{
		"appservice.as_token", "appservice.hs_token", "provisioning.shared_secret",
		"public_media.signing_key", "encryption.pickle_key",
	}
}

// checkPlaceholders notes every value, and every key of an open map, that is still
// the example's, or that of mautrix's example.
func (a *assembly) checkPlaceholders(*Config) {
	a.schema.leaves(func(s *schema) {
		a.placeholdersIn(s.path, a.valueOf(s.path))
	})
	for _, key := range generatedKeys() {
		value := a.text(key)
		if isGeneratePlaceholder(value) && a.needed(key) {
			a.complain(key, "has not been generated yet", "run `"+a.renderCommand()+"`")
		}
	}
}

// renderCommand is what fills in the secrets of the file at hand.
func (a *assembly) renderCommand() string {
	return "slack-bridge config render -c " + a.fallback + " --override " + a.fallback
}

// needed says whether a generated secret is in use.
func (a *assembly) needed(key string) bool {
	switch key {
	case "public_media.signing_key":
		return a.isOn("public_media.enabled")
	case "encryption.pickle_key":
		return a.isOn("encryption.allow")
	default:
		return true
	}
}

func isGeneratePlaceholder(value string) bool {
	return value == generatePlaceholder || strings.HasPrefix(value, "This value is generated")
}

func (a *assembly) placeholdersIn(path string, node *yaml.Node) {
	switch node.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(node.Content); i += 2 {
			below := join(path, node.Content[i].Value)
			if holdsPlaceholder(node.Content[i].Value) {
				a.complain(below, "still stands there from the example", "name your own server or people")
				continue
			}
			a.placeholdersIn(below, node.Content[i+1])
		}
	case yaml.SequenceNode:
		for i, item := range node.Content {
			a.placeholdersIn(indexed(path, i), item)
		}
	case yaml.ScalarNode:
		if holdsPlaceholder(node.Value) {
			a.complain(path, "still has the example's value", "replace it by your own")
		}
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
