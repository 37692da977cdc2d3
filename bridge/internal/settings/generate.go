package settings

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/yamltree"
)

// secretBytes is the entropy of a generated secret.
const secretBytes = 32

// generate gives a value to every secret that is to be generated: the one in the
// existing configuration or registration, or else a new one. An existing file that
// cannot be read is a problem and never a reason for new secrets.
func (a *assembly) generate(r Rendering) error {
	existing := a.readExisting(r.Path)
	registration := a.readExisting(r.Registration)
	for _, s := range a.table.generatedKeys() {
		if !isGeneratePlaceholder(a.text(s.path)) {
			continue
		}
		kept := a.keptSecret(s.path, existing, registration)
		if kept == "" {
			var err error
			if kept, err = newSecret(r.Random); err != nil {
				return exit.New(exit.Software, "generating %s: %w", s.path, err)
			}
		}
		a.set(r.Path, s, yamltree.Text(kept))
	}
	return nil
}

// readExisting reads a file that need not be there.
func (a *assembly) readExisting(path string) source {
	if path == "" {
		return source{}
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return source{}
	}
	src, problems := readSource(path)
	for i := range problems {
		problems[i].Cure = "repair it, or remove it to have new secrets made"
	}
	a.problems = append(a.problems, problems...)
	return src
}

// keptSecret returns the value that a secret had so far, "" if it had none.
func (a *assembly) keptSecret(key string, existing, registration source) string {
	kept := secretIn(existing, key)
	if yamltree.Parent(key) != "appservice" {
		return kept
	}
	registered := secretIn(registration, key[len("appservice."):])
	if kept != "" && registered != "" && kept != registered {
		a.problems = append(a.problems, Problem{
			File: registration.name, Key: key[len("appservice."):],
			What: "is not the " + key + " of " + existing.name,
			Cure: "remove the file that the homeserver does not use",
		})
	}
	if kept == "" {
		return registered
	}
	return kept
}

// secretIn returns the text at a path of a file, "" if there is none.
func secretIn(src source, path string) string {
	node := yamltree.Find(src.root, path)
	if node == nil || !yamltree.IsScalar(node) || yamltree.IsNull(node) || isGeneratePlaceholder(node.Value) {
		return ""
	}
	return node.Value
}

func newSecret(random io.Reader) (string, error) {
	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(random, secret); err != nil {
		return "", fmt.Errorf("reading random bytes: %w", err)
	}
	return hex.EncodeToString(secret), nil
}

// MadeSecrets returns the secrets that Render makes when they are not given, by their keys,
// as far as a configuration has them.
func MadeSecrets(path string) (map[string]string, Problems) {
	src, problems := readSource(path)
	if problems != nil {
		return nil, problems
	}
	made := map[string]string{}
	for _, s := range table().generatedKeys() {
		if value := secretIn(src, s.path); value != "" {
			made[s.path] = value
		}
	}
	return made, nil
}
