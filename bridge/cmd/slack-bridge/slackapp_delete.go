package main

import (
	"context"
	"fmt"

	"ops-jrz1/bridge/internal/exit"
)

func slackAppDelete() command {
	return command{
		name:    "slack-app delete",
		summary: "delete a Slack app for good",
		help: `
Deletes an app from Slack, with its tokens and settings, after it has asked. What the app has
posted stays. Slack deletes only apps that were made from a manifest.
First have the bridge
leave its rooms and channels: slack-bridge uninstall.
` + slackAppHelp,
		setup: func(o *options) action {
			choice := chooseApp(o)
			yes := o.on("", "yes", "do not ask")
			return func(ctx context.Context, std streams) error {
				return deleteApp(ctx, std, choice, *yes)
			}
		},
	}
}

func deleteApp(ctx context.Context, std streams, choice *appChoice, yes bool) error {
	app, err := choice.id()
	if err != nil {
		return err
	}
	if app == "" {
		return exit.New(exit.Usage, "which app? Name it with --app, or its app token with --app-token-file")
	}
	setup, err := choice.setup(std)
	if err != nil {
		return err
	}
	plan, err := setup.PlanDeletion(ctx, app)
	if err != nil {
		return err
	}
	if !yes {
		if agreed, err := confirm(ctx, std, plan.Question()); err != nil || !agreed {
			return err
		}
	}
	if err := plan.Do(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprint(std.out, plan)
	return err
}
