package main

import (
	"context"
	"os"
	"strings"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

func registrationContinuwuity() command {
	return command{
		name:    "registration continuwuity",
		summary: "write the file by which continuwuity registers the bridge when it starts",
		help: `
Writes a TOML file for continuwuity, to be read next to its own configuration: name it in
CONDUWUIT_CONFIG. It holds the admin commands that create the administrator and then
register the bridge, at every start. All but the first time the administrator exists,
so continuwuity has to be told admin_execute_errors_ignore = true. The file is readable
by its owner alone, and not touched when nothing has changed.

After a change of appservice.id, continuwuity refuses the registration, because the one of
the old id has the same tokens: write "!admin appservices unregister OLD_ID" in its admin
room first.

continuwuity prints the password of an account that it creates into its log: change it
after the first login. --commands takes the place of --admin where something else
creates the administrator and changes its password: a file with one admin command a line,
to be run before the registration.`,
		setup: func(o *options) action {
			config := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			path := o.text("o", "output", "registration.toml", "FILE", "where to write it")
			admin := o.text("", "admin", "", "NAME", "the localpart of the homeserver's administrator")
			commands := o.text("", "commands", "", "FILE", "admin commands that create the administrator, instead of --admin")
			return func(_ context.Context, std streams) error {
				first, err := adminCommands(*admin, *commands)
				if err != nil {
					return err
				}
				return writeContinuwuity(std, *config, *path, first)
			}
		},
	}
}

// adminCommands are the commands that create the administrator.
func adminCommands(admin, path string) ([]string, error) {
	switch {
	case admin == "" && path == "":
		return nil, exit.New(exit.Usage, "--admin is missing: continuwuity makes the first account its administrator, and that would be the bridge's")
	case admin != "" && path != "":
		return nil, exit.New(exit.Usage, "--admin and --commands exclude each other")
	case admin != "":
		first, err := registration.CreateAdmin(admin)
		if err != nil {
			return nil, exit.New(exit.Usage, "%w", err)
		}
		return first, nil
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, exit.New(exit.Data, "read the admin commands: %w", err)
	}
	return strings.Split(strings.TrimRight(string(text), "\n"), "\n"), nil
}

func writeContinuwuity(std streams, configPath, path string, first []string) error {
	config, problems := settings.Read(configPath)
	if problems != nil {
		return problems
	}
	if _, err := registration.Continuwuity(config, first); err != nil {
		return exit.New(exit.Usage, "%w", err)
	}
	changed, err := registration.WriteContinuwuity(path, config, first)
	if err != nil {
		return cannotWrite(path, err)
	}
	sayWritten(std, path, changed)
	return nil
}
