package settings

import (
	"fmt"
	"math"

	"ops-jrz1/bridge/internal/yamltree"
)

// accept says whether a value is of the kind that s wants, all the way down, and
// notes everything that is not.
func (a *assembly) accept(file string, s *key, given *yamltree.Node, path string) bool {
	if yamltree.IsShared(given) {
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
func (a *assembly) mistyped(file string, want kind, given *yamltree.Node, path string) bool {
	what := fmt.Sprintf("must be %s, not %s", want, yamltree.Describe(given))
	cure := "see it in `slack-bridge config example`"
	if want == kindText && yamltree.IsScalar(given) {
		cure = "put the text in quotes"
	}
	a.problem(file, given, path, what, cure)
	return false
}

func (a *assembly) acceptSection(file string, s *key, given *yamltree.Node, path string) bool {
	if !yamltree.IsMapping(given) {
		return a.mistyped(file, s.kind, given, path)
	}
	good, seen := true, map[string]bool{}
	for name, value := range yamltree.Pairs(given) {
		below := yamltree.Join(path, name.Value)
		switch {
		case !a.plainKey(file, path, name, seen):
			good = false
		case s.child(name.Value) == nil:
			a.unknown(file, name, s, below)
			good = false
		case !yamltree.IsNull(value):
			good = a.accept(file, s.child(name.Value), value, below) && good
		}
	}
	return good
}

func (a *assembly) acceptOpenMap(file string, s *key, given *yamltree.Node, path string) bool {
	if !yamltree.IsMapping(given) {
		return a.mistyped(file, s.kind, given, path)
	}
	good, seen := true, map[string]bool{}
	for name, value := range yamltree.Pairs(given) {
		if !a.plainKey(file, path, name, seen) {
			good = false
			continue
		}
		good = a.accept(file, s.element, value, yamltree.Join(path, name.Value)) && good
		good = a.acceptKey(file, s, name) && good
	}
	return good
}

func (a *assembly) acceptList(file string, s *key, given *yamltree.Node, path string) bool {
	if !yamltree.IsList(given) {
		return a.mistyped(file, s.kind, given, path)
	}
	good := true
	for i, item := range given.Content {
		good = a.accept(file, s.element, item, yamltree.Element(path, i)) && good
	}
	return good
}

func (a *assembly) acceptScalar(file string, s *key, given *yamltree.Node, path string) bool {
	if !yamltree.IsScalar(given) || !scalarFits(s.kind, given) {
		return a.mistyped(file, s.kind, given, path)
	}
	if s.check == nil {
		return true
	}
	return a.noFault(file, given, path, s.check(given.Value))
}

// acceptKey judges a key of an open map.
func (a *assembly) acceptKey(file string, s *key, name *yamltree.Node) bool {
	if s.checkKey == nil {
		return true
	}
	return a.noFault(file, name, yamltree.Join(s.path, name.Value), s.checkKey(name.Value))
}

// noFault notes a fault, if there is one.
func (a *assembly) noFault(file string, node *yamltree.Node, path string, found fault) bool {
	if found.what == "" {
		return true
	}
	a.problem(file, node, path, found.what, found.cure)
	return false
}

// scalarFits says whether a scalar is of a kind. A number is taken as a text, for
// names made of digits need no quotes.
func scalarFits(want kind, given *yamltree.Node) bool {
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
func singlePermissions() *key {
	level := &key{}
	for _, name := range []string{"send_events", "commands", "login", "double_puppet", "admin", "manage_relay"} {
		level.keys = append(level.keys, &key{name: name, kind: kindBool})
	}
	level.keys = append(level.keys, &key{name: "max_logins", kind: kindInt})
	return level
}

func (a *assembly) acceptPermission(file string, given *yamltree.Node, path string) bool {
	if yamltree.IsMapping(given) {
		return a.acceptSection(file, singlePermissions(), given, path)
	}
	if yamltree.IsScalar(given) && given.ShortTag() == "!!str" {
		for _, level := range permissionLevels {
			if given.Value == level {
				return true
			}
		}
	}
	a.problem(file, given, path, "is no level of permission", "write one of block, relay, commands, user, admin")
	return false
}
