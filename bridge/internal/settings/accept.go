package settings

import (
	"fmt"
	"math"

	"gopkg.in/yaml.v3"
)

// accept says whether a value is of the kind that s wants, all the way down, and
// notes everything that is not.
func (a *assembly) accept(file string, s *schema, given *yaml.Node, path string) bool {
	if given.Kind == yaml.AliasNode || given.Anchor != "" {
		a.problem(file, given, path, "uses an anchor or an alias", "write the value out")
		return false
	}
	switch s.kind {
	case kindSection:
		return a.acceptSection(file, s, given, path)
	case kindOpenMap:
		return a.acceptOpenMap(file, s, given, path)
	case kindList:
		return a.acceptList(file, s, given, path)
	case kindPermission:
		return a.acceptPermission(file, given, path)
	default:
		return a.acceptScalar(file, s, given, path)
	}
}

// mistyped notes that a value is of another kind than the key wants.
func (a *assembly) mistyped(file string, want kind, given *yaml.Node, path string) bool {
	what := fmt.Sprintf("must be %s, not %s", want, describe(given))
	cure := "see it in `slack-bridge config example`"
	if want == kindText && given.Kind == yaml.ScalarNode {
		cure = "put the text in quotes"
	}
	a.problem(file, given, path, what, cure)
	return false
}

// describe says what a node is, without its value, which may be a secret.
func describe(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch node.ShortTag() {
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

func (a *assembly) acceptSection(file string, s *schema, given *yaml.Node, path string) bool {
	if given.Kind != yaml.MappingNode {
		return a.mistyped(file, s.kind, given, path)
	}
	good, seen := true, map[string]bool{}
	for i := 0; i+1 < len(given.Content); i += 2 {
		key, value := given.Content[i], given.Content[i+1]
		below := join(path, key.Value)
		switch {
		case !a.plainKey(file, path, key, seen):
			good = false
		case s.children[key.Value] == nil:
			a.unknown(file, key, s, below)
			good = false
		case !isNull(value):
			good = a.accept(file, s.children[key.Value], value, below) && good
		}
	}
	return good
}

func (a *assembly) acceptOpenMap(file string, s *schema, given *yaml.Node, path string) bool {
	if given.Kind != yaml.MappingNode {
		return a.mistyped(file, s.kind, given, path)
	}
	good, seen := true, map[string]bool{}
	for i := 0; i+1 < len(given.Content); i += 2 {
		key, value := given.Content[i], given.Content[i+1]
		if !a.plainKey(file, path, key, seen) {
			good = false
			continue
		}
		good = a.accept(file, s.element, value, join(path, key.Value)) && good
		good = a.checkKey(file, key, path) && good
	}
	return good
}

func (a *assembly) acceptList(file string, s *schema, given *yaml.Node, path string) bool {
	if given.Kind != yaml.SequenceNode {
		return a.mistyped(file, s.kind, given, path)
	}
	good := true
	for i, item := range given.Content {
		good = a.accept(file, s.element, item, indexed(path, i)) && good
	}
	return good
}

func (a *assembly) acceptScalar(file string, s *schema, given *yaml.Node, path string) bool {
	if given.Kind != yaml.ScalarNode || !scalarFits(s.kind, given) {
		return a.mistyped(file, s.kind, given, path)
	}
	return a.checkValue(file, s, given, path)
}

// scalarFits says whether a scalar is of a kind. A number is taken as a text, for
// names made of digits need no quotes.
func scalarFits(want kind, given *yaml.Node) bool {
	tag := given.ShortTag()
	switch want {
	case kindBool:
		return tag == "!!bool"
	case kindInt:
		var whole int64
		return tag == "!!int" && given.Decode(&whole) == nil && whole >= math.MinInt32 && whole <= math.MaxInt64/2
	case kindNumber:
		var number float64
		return (tag == "!!int" || tag == "!!float") && given.Decode(&number) == nil
	default:
		return tag == "!!str" || tag == "!!int" || tag == "!!float" || tag == "!!timestamp"
	}
}

// permissionLevels are the names of bridge.permissions.
var permissionLevels = [...]string{"block", "relay", "commands", "user", "admin"}

// singlePermissions are what a level consists of, for levels made by hand.
func singlePermissions(path string) *schema {
	s := &schema{path: path, kind: kindSection, children: map[string]*schema{}}
	for _, name := range []string{"send_events", "commands", "login", "double_puppet", "admin", "manage_relay"} {
		s.names = append(s.names, name)
		s.children[name] = &schema{path: join(path, name), kind: kindBool}
	}
	s.names = append(s.names, "max_logins")
	s.children["max_logins"] = &schema{path: join(path, "max_logins"), kind: kindInt}
	return s
}

func (a *assembly) acceptPermission(file string, given *yaml.Node, path string) bool {
	if given.Kind == yaml.MappingNode {
		return a.acceptSection(file, singlePermissions(path), given, path)
	}
	if given.Kind == yaml.ScalarNode && given.ShortTag() == "!!str" {
		for _, level := range permissionLevels {
			if given.Value == level {
				return true
			}
		}
	}
	a.problem(file, given, path, "is no level of permission", "write one of block, relay, commands, user, admin")
	return false
}
