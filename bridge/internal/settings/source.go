package settings

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"ops-jrz1/bridge/internal/yamltree"
)

// maxConfig is more than any configuration has and less than what fills memory.
const maxConfig = 1 << 20

// source is a file of settings: a whole configuration, or overrides for one.
type source struct {
	name string
	root *yamltree.Node // nil for an empty file
	// digest is that of the bytes.
	digest string
}

// readSource reads and parses a YAML or JSON file.
func readSource(path string) (source, Problems) {
	data, err := readSmallFile(path, maxConfig)
	if err != nil {
		return source{name: path}, Problems{{
			File: path, What: "cannot be read: " + cause(err),
			Cure: "make the file readable, or write one with `slack-bridge config example`",
		}}
	}
	return parseSource(path, data)
}

// parseSource parses settings; name is the file they came from.
func parseSource(name string, data []byte) (source, Problems) {
	root, err := yamltree.Parse(data, strings.EqualFold(filepath.Ext(name), ".json"))
	var syntax *yamltree.SyntaxError
	switch {
	case errors.As(err, &syntax):
		cure := "check the indentation, the quotes and the dashes there"
		if syntax.Language == "JSON" {
			cure = "repair it"
		}
		return source{name: name}, Problems{{File: name, Line: syntax.Line, What: syntax.Error(), Cure: cure}}
	case root != nil && !yamltree.IsMapping(root):
		return source{name: name}, Problems{{
			File: name, Line: root.Line, What: "holds no keys",
			Cure: "write it like `slack-bridge config example`",
		}}
	}
	return source{name: name, root: root, digest: fmt.Sprintf("%x", sha256.Sum256(data))}, nil
}

// cause returns what went wrong with a file, without its name.
func cause(err error) string {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err.Error()
		}
		err = inner
	}
}
