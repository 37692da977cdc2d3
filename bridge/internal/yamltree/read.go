package yamltree

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"regexp"
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

func parseJSON(data []byte) (*Node, error) {
	converted, err := jsonToYAML(data)
	if err != nil {
		return nil, &SyntaxError{Language: "JSON", What: jsonError(err)}
	}
	root, err := parseYAML(converted)
	if root != nil {
		forgetLines(root) // they are those of the YAML made of it
	}
	return root, err
}

func forgetLines(n *Node) {
	n.Line = 0
	for _, below := range n.Content {
		forgetLines(below)
	}
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
