package main

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/slackimport"
)

func importCommand() command {
	return command{
		name:    "import",
		summary: "have new rooms begin with what an archive of Slack's holds",
		help: `
Reads an archive that Slack has exported of the workspace. The rooms of conversations that
have none yet begin with what it holds: messages, threads, reactions and files, under the
names of who wrote them and as of that time, and then what was said since. The rooms are
made, and filled, when the bridge runs; this command needs it stopped.

Conversations that have a room are refused, and named: what is sent to a room is shown
after all that is in it. The command may be repeated. Give --dry-run first. docs/import.md
says more.`,
		setup: func(o *options) action {
			file := o.argument("FILE.zip")
			path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			dry := o.on("", "dry-run", "only say what would be done")
			return func(ctx context.Context, std streams) error {
				config, problems := settings.Read(*path)
				if problems != nil {
					return problems
				}
				report, err := slackimport.Import(ctx, slackimport.Options{Config: config, File: *file, DryRun: *dry})
				if err != nil {
					return err
				}
				if _, err := fmt.Fprint(std.out, report); err != nil {
					return err
				}
				if len(report.Filled) == 0 {
					return exit.New(exit.Data, "nothing of %s can be imported", *file)
				}
				return nil
			}
		},
	}
}
