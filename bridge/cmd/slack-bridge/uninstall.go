package main

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/uninstall"
)

func uninstallCommand() command {
	return command{
		name:    "uninstall",
		summary: "leave Matrix and Slack for good",
		help: `
Empties the rooms that the bridge made and leaves them, leaves those that people made to
their people, removes the bridge's aliases, and revokes the bot tokens, so that the app
leaves its channels in Slack. It shows what it would do and asks first. The bridge has to
be stopped, and the homeserver still has to have its registration.

With --keep-rooms people stay in the rooms that the bridge made, with all that was said;
the people of Slack leave them. The command may be repeated, and ends with 75 as long as
something is left. At its end it names what a person still has to do: the app, the
registration, the service and its database. docs/runbook.md says more.`,
		setup: func(o *options) action {
			path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			keepRooms := o.on("", "keep-rooms", "people stay in the rooms that the bridge made")
			keepTokens := o.on("", "keep-tokens", "do not revoke the bot tokens")
			dry := o.on("", "dry-run", "only say what would be done")
			yes := o.on("", "yes", "do not ask")
			return func(ctx context.Context, std streams) error {
				config, problems := settings.Read(*path)
				if problems != nil {
					return problems
				}
				chosen := uninstall.Options{Config: config, KeepRooms: *keepRooms, KeepTokens: *keepTokens, DryRun: *dry}
				if *dry || *yes {
					return sayUninstall(ctx, std, chosen)
				}
				preview := chosen
				preview.DryRun = true
				if err := sayUninstall(ctx, std, preview); err != nil {
					return err
				}
				agreed, err := confirm(ctx, std, "Leave for good?")
				if err != nil || !agreed {
					return err
				}
				return sayUninstall(ctx, std, chosen)
			}
		},
	}
}

func sayUninstall(ctx context.Context, std streams, chosen uninstall.Options) error {
	report, err := uninstall.Uninstall(ctx, chosen)
	if report != nil {
		if _, printing := fmt.Fprint(std.out, report); printing != nil {
			return printing
		}
	}
	if err != nil {
		return err
	}
	if n := len(report.Failed); n > 0 {
		return exit.New(exit.TryAgain, "%d failed; run it again", n)
	}
	return nil
}
