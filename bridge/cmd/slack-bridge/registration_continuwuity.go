package main

import (
	"context"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/registration"
	"ops-jrz1/bridge/internal/settings"
)

func registrationContinuwuity() command {
	return command{
		name:    "registration continuwuity",
		summary: "write the file by which continuwuity registers the bridge when it starts",
		help: `
Writes a TOML file for continuwuity, to be read beside its own configuration: name it in
CONDUWUIT_CONFIG. It holds the admin commands that create the administrator and then
register the bridge, at every start. All but the first time the administrator exists,
so continuwuity has to be told admin_execute_errors_ignore = true. The file is readable
by its owner alone, and not touched when nothing has changed.`,
		setup: func(o *options) action {
			config := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			path := o.text("o", "output", "registration.toml", "FILE", "where to write it")
			admin := o.text("", "admin", "", "NAME", "the localpart of the homeserver's administrator")
			return func(_ context.Context, std streams) error {
				return writeContinuwuity(std, *config, *path, *admin)
			}
		},
	}
}

func writeContinuwuity(std streams, configPath, path, admin string) error {
	if admin == "" {
		return exit.New(exit.Usage, "--admin is missing: continuwuity makes the first account its administrator, and that would be the bridge's")
	}
	config, problems := settings.Read(configPath)
	if problems != nil {
		return problems
	}
	if _, err := registration.Continuwuity(config, admin); err != nil {
		return exit.New(exit.Usage, "%w", err)
	}
	changed, err := registration.WriteContinuwuity(path, config, admin)
	if err != nil {
		return cannotWrite(path, err)
	}
	sayWritten(std, path, changed)
	return nil
}
