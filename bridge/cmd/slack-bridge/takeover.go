package main

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/settings"
	"ops-jrz1/bridge/internal/takeover"
)

func takeoverCommand() command {
	return command{
		name:    "takeover",
		summary: "go on where another bridge to Slack was",
		help: `
Takes over the rooms, people, messages, threads and reactions of another bridge, which
must be stopped for good, as must be this one. Without --from, database.uri leads to the
database of mautrix-slack, which becomes this bridge's. With --from, the rooms of
matrix-appservice-slack are copied from its PostgreSQL database and become plumbed rooms:
name, topic, power levels and join rules stay as people have made them.

Everything is looked at first. What stays behind is listed with its reason, and what is in
the way with its cure: then nothing is changed, and the command ends with 65. It may be
repeated. Give --dry-run first, and take a dump of the databases. docs/takeover.md says
more.`,
		setup: func(o *options) action {
			path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			reg := o.text("r", "registration", "", "FILE", "the old bridge's registration, to compare with or to leave by")
			from := o.text("", "from", "", "URI", "the PostgreSQL database of matrix-appservice-slack")
			dry := o.on("", "dry-run", "only say what would be done")
			return func(ctx context.Context, std streams) error {
				config, problems := settings.Read(*path)
				if problems != nil {
					return problems
				}
				chosen := takeover.Options{Config: config, Registration: *reg, DryRun: *dry}
				if *from != "" {
					return sayTakeover(std, func() (*takeover.Report, error) { return takeover.Appservice(ctx, chosen, *from) })
				}
				return sayTakeover(std, func() (*takeover.Report, error) { return takeover.Mautrix(ctx, chosen) })
			}
		},
	}
}

func sayTakeover(std streams, take func() (*takeover.Report, error)) error {
	report, err := take()
	if err != nil {
		return err
	}
	if _, err := fmt.Fprint(std.out, report); err != nil {
		return err
	}
	if n := len(report.Refused); n > 0 {
		return exit.New(exit.Data, "%s cannot be taken over as it is (%d in the way)", report.From, n)
	}
	return nil
}
