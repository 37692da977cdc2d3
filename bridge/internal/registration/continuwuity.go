package registration

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/settings"
)

// fence opens and closes the registration in continuwuity's admin command.
const fence = "```"

// localpart is what may stand in the name of continuwuity's administrator (Matrix
// specification: "User identifiers").
var localpart = regexp.MustCompile(`^[a-z0-9._=/+-]+$`)

// Continuwuity returns a TOML file by which continuwuity registers the bridge when
// it starts: it knows application services from its database alone, and takes them
// in by an admin command (continuwuity: "Setting up Appservices"). The command
// replaces an older registration of the same id.
//
// continuwuity makes the first account of a server its administrator, and a
// registration makes accounts. So admin, a localpart, is created first; from the
// second start on that command fails, wherefore the server has to be configured with
// admin_execute_errors_ignore.
func Continuwuity(config *settings.Config, admin string) ([]byte, error) {
	if !localpart.MatchString(admin) {
		return nil, fmt.Errorf("%q is no localpart for continuwuity's administrator", admin)
	}
	yaml, err := Render(config)
	if err != nil {
		return nil, err
	}
	if bytes.Contains(yaml, []byte(fence)) {
		return nil, fmt.Errorf("the registration holds %s, which would end it within the command", fence)
	}
	commands := []string{
		"users create-user " + admin,
		strings.Join([]string{"appservices register", fence, string(bytes.TrimRight(yaml, "\n")), fence}, "\n"),
	}
	var out bytes.Buffer
	out.WriteString("[global]\nadmin_execute = [\n")
	for _, command := range commands {
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
func WriteContinuwuity(path string, config *settings.Config, admin string) (changed bool, err error) {
	data, err := Continuwuity(config, admin)
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
