package main

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

func registrationCommand() command {
	return command{
		name:    "registration",
		summary: "write the registration that belongs to a configuration",
		help: `
Writes the registration by which the homeserver knows the bridge. It is made of the
configuration alone, always the same, readable by its owner alone, and not touched when
nothing has changed. Give it to the homeserver again whenever it changes.`,
		setup: func(o *options) action {
			config := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			path := o.text("r", "registration", "registration.yaml", "FILE", "where to write it; - is the standard output")
			return func(_ context.Context, std streams) error { return writeRegistration(std, *config, *path) }
		},
	}
}

// checkRegistration says whether a registration is the one of a configuration. Of a
// configuration with mistakes nothing is said here: loading it reports them.
func checkRegistration(configPath, path string) error {
	config, problems := settings.Read(configPath)
	if problems != nil {
		return nil
	}
	return registration.Agree(path, config)
}

// writeRegistration does not look into the files of Slack tokens: who registers the
// bridge need not be who runs it.
func writeRegistration(std streams, configPath, path string) error {
	config, problems := settings.Read(configPath)
	if problems != nil {
		return problems
	}
	if path == stdout || path == "/dev/stdout" {
		data, err := registration.Render(config)
		if err != nil {
			return err
		}
		_, err = std.out.Write(data)
		return err
	}
	changed, err := registration.Write(path, config)
	if err != nil {
		return cannotWrite(path, err)
	}
	sayWritten(std, path, changed)
	return nil
}

// sayWritten says whether a file is new or was that already.
func sayWritten(std streams, path string, changed bool) {
	if changed {
		fmt.Fprintf(std.err, "%s: written\n", path)
	} else {
		fmt.Fprintf(std.err, "%s: unchanged\n", path)
	}
}
