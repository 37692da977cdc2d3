package registration

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"

	"gopkg.in/yaml.v3"

	"ops-jrz1/bridge/internal/settings"
)

// Agree says whether a registration file is the one that belongs to a
// configuration. If not, the error is settings.Problems: one for each key that
// differs, without the values of tokens.
func Agree(file string, config *settings.Config) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return problem(file, "", "cannot be read: "+pathless(err), cure(file, config)).Err()
	}
	var have map[string]any
	if err := yaml.Unmarshal(data, &have); err != nil {
		return problem(file, "", "is no registration", cure(file, config)).Err()
	}
	want, err := wanted(config)
	if err != nil {
		return err
	}
	var problems settings.Problems
	for _, key := range keys() {
		if !same(have[key], want[key]) {
			problems = append(problems, problem(file, key, difference(key, have[key], want[key]), cure(file, config))...)
		}
	}
	return problems.Err()
}

// keys are those that the bridge depends on, in the file's order.
func keys() []string {
	return []string{
		"id", "url", "as_token", "hs_token", "sender_localpart", "rate_limited", "namespaces",
		"receive_ephemeral", "de.sorunome.msc2409.push_ephemeral", "org.matrix.msc3202", "io.element.msc4190",
	}
}

func wanted(config *settings.Config) (map[string]any, error) {
	data, err := Render(config)
	if err != nil {
		return nil, err
	}
	var want map[string]any
	if err := yaml.Unmarshal(data, &want); err != nil {
		return nil, fmt.Errorf("reading the registration just written: %w", err)
	}
	return want, nil
}

// same compares two values; a switch that is left out is off.
func same(have, want any) bool {
	if have == nil {
		have = false
	}
	if want == nil {
		want = false
	}
	return reflect.DeepEqual(have, want)
}

func difference(key string, have, want any) string {
	switch {
	case have == nil:
		return "is missing"
	case slices.Contains([]string{"as_token", "hs_token", "namespaces"}, key):
		return "is not what the configuration says"
	case want == nil:
		return fmt.Sprintf("is %v, but the configuration does not have it", have)
	default:
		return fmt.Sprintf("is %v, but %v in the configuration", have, want)
	}
}

func problem(file, key, what, cure string) settings.Problems {
	return settings.Problems{{File: file, Key: key, What: what, Cure: cure}}
}

func cure(file string, config *settings.Config) string {
	return "run `slack-bridge registration -c " + config.Path + " -r " + file + "` and give it to the homeserver"
}

func pathless(err error) string {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err.Error()
	}
	return err.Error()
}
