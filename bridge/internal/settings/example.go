package settings

import (
	_ "embed"
	"slices"

	"gopkg.in/yaml.v3"
)

//go:embed example.yaml
var exampleText []byte

// Example returns the template of a configuration: every key with its comment
// and its default.
func Example() []byte { return slices.Clone(exampleText) }

// exampleTree parses the example. It is part of the program and tested, so a
// failure is a fault of the build.
func exampleTree() *yaml.Node {
	var document yaml.Node
	if err := yaml.Unmarshal(exampleText, &document); err != nil {
		panic("the embedded example is no YAML: " + err.Error())
	}
	return document.Content[0]
}
