package settings

import (
	"fmt"
	"io"
	"slices"

	"gopkg.in/yaml.v3"
)

// Rendering says what a configuration is made of. Files are named, never secrets.
type Rendering struct {
	// Path is the configuration to be. The generated secrets that stand in it
	// already are kept.
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
		a.takeSecret(key, r.Secrets[key])
	}
	if err := a.generate(r); err != nil {
		return nil, err
	}
	if _, problems := finish(r.Path, a); problems != nil {
		return nil, problems
	}
	return a.splice()
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

// takeSecret sets a key to what a file holds.
func (a *assembly) takeSecret(key, file string) {
	s, rest := a.schema.find(key)
	wrong := func(what, cure string) {
		a.problems = append(a.problems, Problem{File: file, Key: key, What: what, Cure: cure})
	}
	open := s != nil && s.kind == kindOpenMap && s.element.kind == kindText && rest != ""
	if !open && (s == nil || s.kind != kindText) {
		wrong("is no key that a secret can be the value of", "see the keys in `slack-bridge config example`")
		return
	}
	value, err := readSecret(file)
	if err != nil {
		wrong(err.Error(), "put the secret into the file and make it readable")
		return
	}
	node := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if open {
		a.setInOpenMap(file, s, rest, node)
	} else {
		a.set(file, s, node)
	}
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

// set puts a scalar in the place of a key, as if a file had held it.
func (a *assembly) set(file string, s *schema, node *yaml.Node) {
	target := a.valueOf(parent(s.path))
	if a.accept(file, s, node, s.path) {
		target.Content[slotOf(target, s)] = node
		a.note(file, s.path, node)
		delete(a.refused, s.path)
	} else {
		a.refused[s.path] = true
	}
}

// setInOpenMap adds an entry to an open map, or replaces it.
func (a *assembly) setInOpenMap(file string, s *schema, key string, node *yaml.Node) {
	before := a.valueOf(s.path)
	after := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
	for i := 0; i+1 < len(before.Content); i += 2 {
		if before.Content[i].Value != key {
			after.Content = append(after.Content, before.Content[i], before.Content[i+1])
		}
	}
	keyNode := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: key}
	after.Content = append(after.Content, keyNode, node)
	if a.checkKey(file, keyNode, s.path) && a.accept(file, s.element, node, join(s.path, key)) {
		target := a.valueOf(parent(s.path))
		target.Content[slotOf(target, s)] = after
		a.note(file, join(s.path, key), node)
	}
}
