package yamltree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// SyntaxError says why a text is not YAML or JSON, without quoting it.
type SyntaxError struct {
	// Line is where, 0 if that is not known.
	Line int
	// Language is what the text was read as, YAML or JSON.
	Language string
	// What is wrong, such as "did not find expected key".
	What string
}

// Error returns what is wrong, such as "is not valid YAML: did not find expected key".
func (e *SyntaxError) Error() string { return "is not valid " + e.Language + ": " + e.What }

// Parse returns the content of the one document in a text, nil if that is empty. Every
// error is a SyntaxError. The nodes of JSON have no lines.
func Parse(data []byte, isJSON bool) (*Node, error) {
	if isJSON {
		return parseJSON(data)
	}
	return parseYAML(data)
}

func parseYAML(data []byte) (*Node, error) {
	root, err := oneDocument(data)
	if err != nil {
		line, what := yamlError(err)
		return nil, &SyntaxError{Line: line, Language: "YAML", What: what}
	}
	return root, nil
}

// oneDocument returns nil for a text without content.
func oneDocument(data []byte) (*Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	var document, second Node
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
	if root := document.Content[0]; !IsNull(root) {
		return root, nil
	}
	return nil, nil
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

// parseJSON makes the tree itself: what the YAML library writes of a text that begins with
// a line's end it does not read back.
func parseJSON(data []byte) (*Node, error) {
	value, err := decodeJSON(data)
	if err != nil {
		return nil, &SyntaxError{Language: "JSON", What: jsonError(err)}
	}
	if value == nil {
		return nil, nil
	}
	return nodeOf(value), nil
}

func decodeJSON(data []byte) (value any, err error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errTrailing
	}
	return value, nil
}

// nodeOf makes a node of a value of JSON.
func nodeOf(value any) *Node {
	switch v := value.(type) {
	case map[string]any:
		mapping := Mapping()
		for _, key := range slices.Sorted(maps.Keys(v)) {
			mapping.Content = append(mapping.Content, Text(key), nodeOf(v[key]))
		}
		return mapping
	case []any:
		list := List()
		for _, item := range v {
			list.Content = append(list.Content, nodeOf(item))
		}
		return list
	case string:
		return Text(v)
	case json.Number:
		tag := "!!int"
		if _, err := strconv.ParseInt(v.String(), 10, 64); err != nil {
			tag = "!!float"
		}
		return &Node{Kind: yaml.ScalarNode, Tag: tag, Value: v.String()}
	case bool:
		return &Node{Kind: yaml.ScalarNode, Tag: "!!bool", Value: strconv.FormatBool(v)}
	default:
		return &Node{Kind: yaml.ScalarNode, Tag: "!!null", Value: "null"}
	}
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
