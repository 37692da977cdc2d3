package settings

import (
	"strings"

	"gopkg.in/yaml.v3"
)

// kind is the type of a key's value.
type kind int

const (
	kindSection    kind = iota // a mapping with a fixed set of keys
	kindOpenMap                // a mapping whose keys the operator chooses
	kindList                   // a list
	kindText                   // a scalar that is taken as it is written
	kindBool                   // true or false
	kindInt                    // a whole number
	kindNumber                 // a number
	kindPermission             // the name of a level, or a mapping of single permissions
)

// String names the kind as an operator would.
func (k kind) String() string {
	return [...]string{
		"a section with keys of its own", "a mapping", "a list", "a text", "true or false",
		"a whole number", "a number", "the name of a level",
	}[k]
}

// schema is one key of the example: its kind, its default, and what is below it.
type schema struct {
	path string
	kind kind
	// keyNode and valueNode are the key's own nodes in the example; nil for what
	// the example cannot show (the elements of lists and open maps).
	keyNode   *yaml.Node
	valueNode *yaml.Node
	// names are the keys of a section in the example's order.
	names    []string
	children map[string]*schema
	// element describes the values of a list or an open map.
	element *schema
}

// newSchema reads the kinds of all keys off the example.
func newSchema() *schema {
	return sectionSchema("", nil, exampleTree())
}

func sectionSchema(path string, key, value *yaml.Node) *schema {
	s := &schema{path: path, kind: kindSection, keyNode: key, valueNode: value, children: map[string]*schema{}}
	for i := 0; i < len(value.Content); i += 2 {
		name := value.Content[i].Value
		s.names = append(s.names, name)
		s.children[name] = valueSchema(join(path, name), value.Content[i], value.Content[i+1])
	}
	return s
}

func valueSchema(path string, key, value *yaml.Node) *schema {
	s := &schema{path: path, keyNode: key, valueNode: value}
	switch {
	case value.Kind == yaml.SequenceNode:
		s.kind, s.element = kindList, elementSchema(path)
	case elementSchema(path) != nil:
		s.kind, s.element = kindOpenMap, elementSchema(path)
	case value.Kind == yaml.MappingNode:
		return sectionSchema(path, key, value)
	default:
		s.kind = scalarKind(value)
	}
	return s
}

func scalarKind(value *yaml.Node) kind {
	switch value.ShortTag() {
	case "!!bool":
		return kindBool
	case "!!int":
		return kindInt
	case "!!float":
		return kindNumber
	default:
		return kindText
	}
}

// elementSchema describes what stands in the lists and open maps, which are empty
// in the example. It returns nil for every other path.
func elementSchema(path string) *schema {
	switch path {
	case "network.channels.include", "network.channels.exclude", "network.invite",
		"double_puppet.servers", "double_puppet.secrets":
		return &schema{path: path + "[]", kind: kindText}
	case "bridge.permissions":
		return &schema{path: path + "[]", kind: kindPermission}
	case "network.logins":
		return textSection(path+"[]", "owner", "bot_token_file", "app_token_file")
	default:
		return nil
	}
}

func textSection(path string, names ...string) *schema {
	s := &schema{path: path, kind: kindSection, names: names, children: map[string]*schema{}}
	for _, name := range names {
		s.children[name] = &schema{path: join(path, name), kind: kindText}
	}
	return s
}

// leaves calls yield for every key of the example that is not a section.
func (s *schema) leaves(yield func(*schema)) {
	if s.kind != kindSection {
		yield(s)
		return
	}
	for _, name := range s.names {
		s.children[name].leaves(yield)
	}
}

// find returns the key at a path, such as `appservice.bot.username`. Below an
// open map the rest of the path is one key, which rest returns.
func (s *schema) find(path string) (found *schema, rest string) {
	if path == "" {
		return s, ""
	}
	name, below, _ := strings.Cut(path, ".")
	switch {
	case s.kind == kindOpenMap:
		return s, path
	case s.kind == kindSection && s.children[name] != nil:
		return s.children[name].find(below)
	default:
		return nil, ""
	}
}

// join appends a key to a path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}
