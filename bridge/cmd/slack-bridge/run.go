package main

import (
	"context"
	"io"
	"os"

	"ops-jrz1/bridge/internal/app"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/logging"
	"ops-jrz1/bridge/internal/settings"
)

func runCommand() command {
	return command{
		name:    "run",
		summary: "run the bridge",
		help: `
Runs the bridge until it is told to stop by SIGTERM or SIGINT. The configuration is read
and never changed; every mistake in it is said at once. The log goes to the standard
error output. The exit codes are in docs/reference/exit-codes.md.`,
		setup: func(o *options) action {
			config := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			reg := o.text("r", "registration", "", "FILE", "start only if this registration agrees with the configuration")
			o.on("n", "no-update", "accepted; the configuration is never changed")
			return func(ctx context.Context, std streams) error {
				if *reg != "" {
					if err := checkRegistration(*config, *reg); err != nil {
						return err
					}
				}
				return runBridge(ctx, *config, std.err)
			}
		},
	}
}

// runBridge runs the bridge until ctx ends; its log goes to logOut.
func runBridge(ctx context.Context, configPath string, logOut io.Writer) error {
	config, problems := settings.Load(configPath)
	if problems != nil {
		return problems
	}
	log, err := logging.New(config.Logging, logOut)
	if err != nil {
		return exit.New(exit.Config, "%s: logging: %w", configPath, err)
	}
	if problems := settings.ProxyProblems(os.LookupEnv); problems != nil {
		return problems
	}
	if err := checkListener(ctx, config); err != nil {
		return err
	}
	status := app.Systemd{Log: log}
	db, err := app.OpenDatabase(ctx, config, log, status)
	switch {
	case err != nil && ctx.Err() != nil:
		log.Info("Stopping before the start is over")
		return nil
	case err != nil:
		return err
	}
	return app.Run(ctx, config, db, log, status, ownVersion())
}
