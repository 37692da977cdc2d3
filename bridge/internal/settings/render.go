package settings

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/yamltree"
)

// Rendering says what a configuration is made of. Files are named, never secrets.
type Rendering struct {
	// Path is where the configuration will be. Generated secrets that are already
	// there are kept.
	Path string
	// Overrides are YAML or JSON files with some of the keys, later ones over
	// earlier ones. Lists and open maps are replaced as a whole.
	Overrides []string
	// Secrets are files that hold the value of one key each, by the key's path.
	// They have the last word.
	Secrets map[string]string
	// Registration is a registration file, "" for none. The tokens in it are kept.
	Registration string
	// Random is where generated secrets come from, such as crypto/rand.Reader.
	Random io.Reader
}

// Render returns the configuration: the text of the example with its comments, and
// the values that r gives in it. It writes nothing, and opens no token file of a
// declared login. The same files and the same existing configuration give the same
// bytes. An error is Problems, all of them, when the result would not be complete
// and consistent.
func Render(r Rendering) ([]byte, error) {
	sources, problems := readOverrides(r.Overrides)
	a := assemble(r.Path, sources...)
	a.problems = append(problems, a.problems...)
	for _, key := range sortedKeys(r.Secrets) {
		a.readSecretInto(key, r.Secrets[key])
	}
	if err := a.generate(r); err != nil {
		return nil, err
	}
	if _, problems := finish(r.Path, a); problems != nil {
		return nil, problems
	}
	return a.write()
}

func readOverrides(paths []string) (sources []source, problems Problems) {
	for _, path := range paths {
		src, found := readSource(path)
		sources = append(sources, src)
		problems = append(problems, found...)
	}
	return sources, problems
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// ReadSecretMap reads a YAML or JSON file of key paths and the files that hold
// their values.
func ReadSecretMap(path string) (map[string]string, Problems) {
	src, problems := readSource(path)
	if problems != nil {
		return nil, problems
	}
	files := map[string]string{}
	if src.root == nil {
		return files, nil
	}
	if err := src.root.Decode(&files); err != nil {
		return nil, Problems{{
			File: path, Line: src.root.Line, What: "is no list of keys and files",
			Cure: "write it like appservice.as_token: /run/secrets/as_token",
		}}
	}
	return files, nil
}

// readSecretInto sets a key to what a file holds.
func (a *assembly) readSecretInto(path, file string) {
	wrong := func(what, cure string) {
		a.problems = append(a.problems, Problem{File: file, Key: path, What: what, Cure: cure})
	}
	s, entry := a.textAt(path)
	if s == nil {
		wrong("is no key that a secret can be the value of", "see the keys in `slack-bridge config example`")
		return
	}
	value, err := readSecret(file)
	switch {
	case err != nil:
		wrong(err.Error(), "put the secret into the file and make it readable")
	case entry != "":
		a.setEntry(file, s, entry, yamltree.Text(value))
	default:
		delete(a.refused, path)
		a.set(file, s, yamltree.Text(value))
	}
}

// textAt returns the key of a path whose value is a text. Where that is an entry of an
// open map, it returns the map and the name of the entry. It returns nil for others.
func (a *assembly) textAt(path string) (s *key, entry string) {
	a.table.leaves(func(leaf *key) {
		name, below := strings.CutPrefix(path, leaf.path+".")
		switch {
		case leaf.path == path && leaf.kind == kindText:
			s = leaf
		case below && leaf.kind == kindOpenMap && leaf.element.kind == kindText:
			s, entry = leaf, name
		}
	})
	return s, entry
}

// readSecret returns the content of a file without the newline at its end.
func readSecret(file string) (string, error) {
	data, err := readSmallFile(file, maxSecretFile)
	if err != nil {
		return "", fmt.Errorf("cannot be read: %s", cause(err))
	}
	value := trimNewlines(string(data))
	if value == "" {
		return "", fmt.Errorf("is empty")
	}
	return value, nil
}

// maxSecretFile is more than any secret has.
const maxSecretFile = 64 << 10

func trimNewlines(text string) string {
	for len(text) > 0 && (text[len(text)-1] == '\n' || text[len(text)-1] == '\r') {
		text = text[:len(text)-1]
	}
	return text
}

// setEntry adds an entry to an open map, or replaces it.
func (a *assembly) setEntry(file string, s *key, entry string, value *yamltree.Node) {
	path, name := yamltree.Join(s.path, entry), yamltree.Text(entry)
	if a.acceptKey(file, s, name) && a.accept(file, s.element, value, path) {
		yamltree.Replace(a.find(yamltree.Parent(s.path)), s.name, yamltree.With(a.find(s.path), name, value))
		a.note(file, path, value)
	}
}

// write returns the text of the configuration: the example with the values that
// differ from it. That it reads as what was assembled is checked.
func (a *assembly) write() ([]byte, error) {
	defaults := exampleTree(a.table)
	text, err := write(a.table, func(s *key) *yamltree.Node {
		value := a.find(s.path)
		if yamltree.Same(value, yamltree.Find(defaults, s.path)) {
			return nil
		}
		return value
	})
	if err != nil {
		return nil, exit.New(exit.Software, "%w", err)
	}
	root, err := yamltree.Parse([]byte(text), false)
	if err != nil || !yamltree.Same(root, a.root) {
		return nil, exit.New(exit.Software, "the configuration does not read as it was written")
	}
	return []byte(text), nil
}
