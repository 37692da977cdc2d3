package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
)

func eraseCommand() command {
	return command{
		name: "erase", summary: "erase a person of either side",
		help: `
Has the running bridge erase a person: their rows, name and picture. They have opted out
from then on, for which their id alone is kept. What Slack or the homeserver cannot do at
the moment is done when it answers. PERSON is a Matrix id (@user:server), an id of Slack's
(U0123456789), or with several workspaces TEAM-USER. It may be repeated.

Messages that were carried stay in Slack and in Matrix until they are deleted there.
docs/reference/channels.md says what is kept, and why.`,
		setup: func(o *options) action {
			path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
			person := o.argument("PERSON")
			return func(ctx context.Context, std streams) error {
				config, problems := settings.Read(*path)
				if problems != nil {
					return problems
				}
				socket := config.OperatorSocket(os.LookupEnv)
				client, err := operator.Connect(ctx, socket)
				if errors.Is(err, operator.ErrNobody) {
					return exit.New(exit.Unavailable, "no bridge answers at %s: start it first, since only a running bridge can have the homeserver and Slack forget a person", socket)
				}
				if err != nil {
					return err
				}
				line, err := client.Erase(ctx, *person)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintln(std.out, line)
				return err
			}
		},
	}
}
