package settings

import "ops-jrz1/bridge/internal/yamltree"

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

// secrecy says whether a value is a secret, and where it comes from.
type secrecy int

const (
	notSecret       secrecy = iota
	operatorsSecret         // given by the operator
	generatedSecret         // made by Render when the operator does not give it
)

// key is one row of the table: everything there is to say about one key. The example,
// the decoder, the checks and the reference page are made from it.
type key struct {
	name string
	kind kind
	// value is the default as YAML, several lines for a mapping; "" for a section.
	value string
	// doc is the comment in the example and the text of the reference page. A key
	// without one shares that of the key before it. Lines that begin with two spaces
	// are the items of a list.
	doc []string
	// check judges a scalar; nil takes every value of the kind.
	check func(value string) fault
	// into returns what the value is decoded to, and everything below it with it; nil
	// where a key above has one.
	into func(*Config) any
	// secret says whether the value must be kept from readers.
	secret secrecy
	// neededFor is the path of the setting without which a generated secret is not used:
	// a switch that is off, or a text that is empty. "" if it always is.
	neededFor string

	// keys are those of a section, in order.
	keys []*key
	// element describes each value of a list or an open map.
	element *key
	// checkKey judges a key of an open map; nil takes every one.
	checkKey func(name string) fault

	// path is set by table.
	path string
}

// table returns all keys, as one section without a name.
func table() *key {
	root := &key{keys: []*key{
		networkKeys(), bridgeKeys(), databaseKeys(), homeserverKeys(), appserviceKeys(), matrixKeys(),
		provisioningKeys(), facesKeys(), backfillKeys(), doublePuppetKeys(), encryptionKeys(),
		mediaKeys(), operatorKeys(), loggingKeys(),
	}}
	root.setPaths()
	return root
}

func (k *key) setPaths() {
	for _, below := range k.keys {
		below.path = yamltree.Join(k.path, below.name)
		below.setPaths()
	}
}

// lines is a comment of several lines.
func lines(text ...string) []string { return text }

// text is an element that is a scalar taken as it is written.
func text(check func(string) fault) *key { return &key{kind: kindText, check: check} }

// child returns the key of a section that has a name, nil if there is none.
func (k *key) child(name string) *key {
	for _, below := range k.keys {
		if below.name == name {
			return below
		}
	}
	return nil
}

// each calls yield for every key below, sections before what is in them.
func (k *key) each(yield func(*key)) {
	for _, below := range k.keys {
		yield(below)
		below.each(yield)
	}
}

// leaves calls yield for every key below that is not a section.
func (k *key) leaves(yield func(*key)) {
	k.each(func(below *key) {
		if below.kind != kindSection {
			yield(below)
		}
	})
}

// generatedKeys returns the secrets that Render makes when they are not given.
func (k *key) generatedKeys() []*key {
	var out []*key
	k.leaves(func(leaf *key) {
		if leaf.secret == generatedSecret {
			out = append(out, leaf)
		}
	})
	return out
}
