package settings

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// maxConfig is more than any configuration has and less than what fills memory.
const maxConfig = 1 << 20

// source is a file of settings: a whole configuration, or overrides for one.
type source struct {
	name string
	root *yaml.Node // nil for an empty file
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
	isJSON := strings.EqualFold(filepath.Ext(name), ".json")
	if isJSON {
		converted, err := jsonToYAML(data)
		if err != nil {
			return source{name: name}, Problems{{File: name, What: "is not valid JSON: " + jsonError(err), Cure: "repair it"}}
		}
		data = converted
	}
	root, err := parseYAML(data)
	if err != nil {
		line, what := yamlError(err)
		return source{name: name}, Problems{{
			File: name, Line: line, What: "is not valid YAML: " + what,
			Cure: "check the indentation, the quotes and the dashes there",
		}}
	}
	if root != nil && root.Kind != yaml.MappingNode {
		return source{name: name}, Problems{{
			File: name, Line: root.Line, What: "holds no keys",
			Cure: "write it like `slack-bridge config example`",
		}}
	}
	if isJSON && root != nil {
		forgetLines(root) // they are those of the YAML made of it
	}
	return source{name: name, root: root}, nil
}

func forgetLines(node *yaml.Node) {
	node.Line = 0
	for _, below := range node.Content {
		forgetLines(below)
	}
}

// parseYAML returns the content of the one document in data, nil if that is empty.
func parseYAML(data []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		if err != nil {
			return nil, err
		}
		return nil, errors.New("a second document begins")
	}
	root := document.Content[0]
	if isNull(root) {
		return nil, nil
	}
	return root, nil
}

// jsonToYAML writes JSON as YAML. YAML takes most JSON as it is, but not its
// surrogate pairs and tabs.
func jsonToYAML(data []byte) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return yaml.Marshal(plainNumbers(value))
}

// errTrailing is the error of JSON that goes on after its end.
var errTrailing = errors.New("something follows after its end")

// jsonError says where JSON is broken, without quoting it.
func jsonError(err error) string {
	var syntax *json.SyntaxError
	switch {
	case errors.As(err, &syntax):
		return "it cannot be read from byte " + strconv.FormatInt(syntax.Offset, 10) + " on"
	case errors.Is(err, errTrailing):
		return err.Error()
	}
	return "it ends too early"
}

// plainNumbers turns json.Number, which YAML would quote, into numbers.
func plainNumbers(value any) any {
	switch v := value.(type) {
	case json.Number:
		if whole, err := strconv.ParseInt(v.String(), 10, 64); err == nil {
			return whole
		}
		if number, err := v.Float64(); err == nil {
			return number
		}
		return v.String()
	case map[string]any:
		for key := range v {
			v[key] = plainNumbers(v[key])
		}
	case []any:
		for i := range v {
			v[i] = plainNumbers(v[i])
		}
	}
	return value
}

var yamlLine = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?`)

// quotedName is a name that the YAML parser took out of the file; it may be a part
// of a secret.
var quotedName = regexp.MustCompile(`(anchor|tag|alias|directive|handle) '[^']*'`)

// yamlError takes the line out of an error of the YAML parser.
func yamlError(err error) (line int, what string) {
	text := quotedName.ReplaceAllString(err.Error(), "$1")
	match := yamlLine.FindStringSubmatch(text)
	line, _ = strconv.Atoi(match[1])
	return line, strings.TrimPrefix(text, match[0])
}

// isNull says whether a node has no value.
func isNull(node *yaml.Node) bool {
	return node.Kind == yaml.ScalarNode && node.ShortTag() == "!!null"
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
