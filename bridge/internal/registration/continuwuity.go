package registration

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/settings"
)

// fence opens and closes the registration in continuwuity's admin command.
const fence = "```"

// localpart matches the allowed names of continuwuity's administrator (Matrix
// specification: "User identifiers").
var localpart = regexp.MustCompile(`^[a-z0-9._=/+-]+$`)

// CreateAdmin returns the command that makes name, a localpart, an account. continuwuity
// prints the account's password when it has run the command.
func CreateAdmin(name string) ([]string, error) {
	if !localpart.MatchString(name) {
		return nil, fmt.Errorf("%q is no localpart for continuwuity's administrator", name)
	}
	return []string{"users create-user " + name}, nil
}

// Continuwuity returns a TOML file by which continuwuity registers the bridge when
// it starts: it knows application services from its database alone, and takes them
// in by an admin command (continuwuity: "Setting up Appservices"). The command
// replaces an older registration of the same id.
//
// continuwuity makes the first account of a server its administrator, and a
// registration makes accounts. So the commands of first, which create the
// administrator, come before it. From the second start on they fail, so the server
// has to be configured with admin_execute_errors_ignore.
func Continuwuity(config *settings.Config, first []string) ([]byte, error) {
	if len(first) == 0 {
		return nil, errors.New("no command creates continuwuity's administrator")
	}
	for _, command := range first {
		if strings.TrimSpace(command) == "" || strings.ContainsAny(command, "\r\n") {
			return nil, errors.New("a command to be run before the registration is empty or has more than one line")
		}
	}
	yaml, err := Render(config)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(yaml, []byte(fence)) {
		return nil, fmt.Errorf("the registration holds %s, which would end it within the command", fence)
	}
	register := strings.Join([]string{"appservices register", fence, string(bytes.TrimRight(yaml, "\n")), fence}, "\n")
	var out bytes.Buffer
	out.WriteString("[global]\nadmin_execute = [\n")
	for _, command := range slices.Concat(first, []string{register}) {
		quoted, err := tomlString(command)
		if err != nil {
			return nil, err
		}
		out.WriteString("  " + quoted + ",\n")
	}
	out.WriteString("]\n")
	return out.Bytes(), nil
}

// WriteContinuwuity makes path hold the file, atomically and readable by its owner
// alone; changed says whether it is new.
func WriteContinuwuity(path string, config *settings.Config, first []string) (changed bool, err error) {
	data, err := Continuwuity(config, first)
	if err != nil {
		return false, err
	}
	return atomicfile.Write(path, data, Mode)
}

// tomlString quotes text as a basic string, whose escapes are those of JSON (TOML
// v1.0.0: "String"); DEL is the one character that only TOML wants escaped.
func tomlString(text string) (string, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(text); err != nil {
		return "", fmt.Errorf("quoting a command: %w", err)
	}
	return strings.ReplaceAll(strings.TrimSuffix(out.String(), "\n"), "\x7f", `\u007f`), nil
}
