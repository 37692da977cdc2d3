package main

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"ops-jrz1/bridge/internal/atomicfile"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

// configMode is the mode of a configuration: it holds secrets.
const configMode = 0o600

// stdout is the path that stands for the standard output.
const stdout = "-"

func configExample() command {
	return command{
		name:    "config example",
		summary: "print a configuration with every key, its comment and its default",
		help: `
Prints the example: every key that the bridge knows, with a comment and its default.
With -c it is written to a file that does not exist yet, readable by its owner alone.`,
		setup: func(o *options) action {
			config := o.text("c", "config", stdout, "FILE", "where to write it")
			return func(_ context.Context, std streams) error { return writeExample(std, *config) }
		},
	}
}

// writeExample prints the example or makes a file of it. An existing file is left
// alone.
func writeExample(std streams, path string) error {
	if path == stdout || path == "/dev/stdout" {
		_, err := std.out.Write(settings.Example())
		return err
	}
	if _, err := os.Lstat(path); err == nil {
		return exit.New(exit.CannotWrite, "%s exists already; remove it or name another file with -c", path)
	}
	if _, err := atomicfile.Write(path, settings.Example(), configMode); err != nil {
		return cannotWrite(path, err)
	}
	fmt.Fprintf(std.out, "wrote %s; replace example.com in it, then run `%s config render -c %s --override %s`\n", path, program, path, path)
	return nil
}

func configRender() command {
	return command{
		name:    "config render",
		summary: "write a configuration from the example, overrides and files of secrets",
		help: `
Writes the configuration: the text of the example with its comments, the values of the
override files in it, and the secrets that files hold. as_token, hs_token, the pickle
key and other secrets that are not given are made once; after that they are kept, as
are the tokens of an existing registration. The file is replaced at once and whole,
readable by its owner alone, and is not touched when nothing has changed. If anything
is wrong, every mistake is said and the old file stays.

A configuration edited by hand is completed with itself as the override.`,
		setup: func(o *options) action {
			config := o.text("c", "config", "config.yaml", "FILE", "the configuration to write")
			overrides := o.list("override", "FILE", "YAML or JSON with some of the keys; lists are replaced")
			secrets := o.list("secret", "KEY=FILE", "take the value of a key from a file")
			secretMap := o.text("", "secrets", "", "FILE", "YAML or JSON of keys and the files of their values")
			reg := o.text("r", "registration", "", "FILE", "keep the tokens of this registration, if it exists")
			return func(_ context.Context, std streams) error {
				files, err := secretFiles(*secretMap, *secrets)
				if err != nil {
					return err
				}
				return renderConfig(std, settings.Rendering{
					Path: *config, Overrides: *overrides, Secrets: files, Registration: *reg, Random: rand.Reader,
				})
			}
		},
	}
}

// secretFiles joins the files of secrets that a map names and those of the command
// line, which have the last word.
func secretFiles(mapFile string, flags []string) (map[string]string, error) {
	files := map[string]string{}
	if mapFile != "" {
		named, problems := settings.ReadSecretMap(mapFile)
		if problems != nil {
			return nil, problems
		}
		files = named
	}
	for _, each := range flags {
		key, file, found := strings.Cut(each, "=")
		if !found || key == "" || file == "" {
			return nil, exit.New(exit.Usage, "--secret wants KEY=FILE, such as database.uri=/run/secrets/uri")
		}
		files[key] = file
	}
	return files, nil
}

func renderConfig(std streams, rendering settings.Rendering) error {
	rendered, err := settings.Render(rendering)
	if err != nil {
		return err
	}
	before, err := os.ReadFile(rendering.Path)
	isNew := err != nil
	changed, err := atomicfile.Write(rendering.Path, rendered, configMode)
	if err != nil {
		return cannotWrite(rendering.Path, err)
	}
	sayWritten(std, rendering.Path, changed)
	if changed && !isNew {
		sayReplaced(std, rendering.Path, before, rendered)
	}
	return nil
}

// sayReplaced names the keys of which an earlier file said something else. It may have been
// edited by hand, and that is lost.
func sayReplaced(std streams, path string, before, after []byte) {
	keys, err := settings.Changed(before, after)
	switch {
	case err != nil:
		fmt.Fprintf(std.err, "%s: what was there could not be read and is replaced\n", path)
	case len(keys) > 0:
		fmt.Fprintf(std.err, "%s: replaced what was there of %s; to change it, change what it is rendered of\n", path, strings.Join(keys, ", "))
	}
}

func configCheck() command {
	return command{
		name:    "config check",
		summary: "list every mistake in a configuration",
		help: `
Lists every mistake in the configuration, each as one line with the file, the key and
the cure, and ends with 78 if there is any. Files of Slack tokens are looked into;
missing and empty ones are no mistake. Nothing is connected to, but the address to
listen on is tried, and the database's folder must exist.`,
		setup: func(o *options) action {
			config := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			reg := o.text("r", "registration", "", "FILE", "check that this registration agrees with it")
			asJSON := o.on("", "json", "print the mistakes as a JSON array")
			return func(ctx context.Context, std streams) error { return check(ctx, std, *config, *reg, *asJSON) }
		},
	}
}

func check(ctx context.Context, std streams, path, reg string, asJSON bool) error {
	config, problems := settings.Load(path)
	if config != nil {
		problems = append(settings.ProxyProblems(os.LookupEnv), databaseProblems(config)...)
		problems = append(problems, listenerProblems(ctx, config)...)
	}
	if config != nil && reg != "" {
		var more settings.Problems
		if err := registration.Agree(reg, config); !errors.As(err, &more) && err != nil {
			return err
		}
		problems = append(problems, more...)
	}
	if asJSON {
		return printJSON(std, problems)
	}
	if problems != nil {
		return problems
	}
	fmt.Fprintf(std.out, "%s: no mistakes\n", path)
	return nil
}

// printJSON prints problems as an array, and returns an error without text to end
// with their code.
func printJSON(std streams, problems settings.Problems) error {
	if problems == nil {
		problems = settings.Problems{}
	}
	encoder := json.NewEncoder(std.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(problems); err != nil {
		return err
	}
	if len(problems) == 0 {
		return nil
	}
	return exit.New(exit.Config, "%d mistakes in the configuration", len(problems))
}

// cannotWrite is the error for a file that could not be written.
func cannotWrite(path string, err error) error {
	cause := err
	var pathError *fs.PathError
	var linkError *os.LinkError
	switch {
	case errors.As(err, &pathError):
		cause = pathError.Err
	case errors.As(err, &linkError):
		cause = linkError.Err
	}
	return &exit.Error{
		Code: exit.CannotWrite, Err: err,
		Line: fmt.Sprintf("cannot write %s: %v; make its folder exist and writable for this user", path, cause),
	}
}
