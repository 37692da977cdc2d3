package main

import (
	"context"

	"ops-jrz1/bridge/internal/appsetup"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/slackapp"
)

func slackAppApply() command {
	return command{
		name:    "slack-app apply",
		summary: "give a Slack app what the bridge asks for, or create one",
		help: `
Reads the manifest of an app that exists, adds the scopes, events and settings of the
bridge that it lacks, shows the difference and asks before it changes anything. Nothing is
taken away: scopes, events, commands and addresses that others put there stay. With --create
a new app is made of the bridge's manifest; without it never. At its end it names the pages
on which a person installs the app and copies the two tokens.
` + slackAppHelp,
		setup: setupSlackAppApply,
	}
}

func setupSlackAppApply(o *options) action {
	choice := chooseApp(o)
	create := o.on("", "create", "create a new app")
	name := o.text("", "name", "", "NAME", "the new app's name")
	bot := o.text("", "bot-name", "", "NAME", "the name of its bot user; the app's name if not given")
	description := o.text("", "description", "", "TEXT", "one line about it")
	yes := o.on("", "yes", "do not ask")
	return func(ctx context.Context, std streams) error {
		chosen := slackapp.Options{Name: *name, BotName: *bot, Description: *description}
		switch {
		case *create && choice.given():
			return exit.New(exit.Usage, "--create makes a new app; it goes without --app and --app-token-file")
		case !*create && chosen != slackapp.Options{}:
			return exit.New(exit.Usage, "--name, --bot-name and --description are for --create; those of an existing app are not changed")
		}
		plan, err := planApp(ctx, std, choice, *create, chosen)
		if err != nil {
			return err
		}
		return carryOut(ctx, std, plan, *yes)
	}
}

func planApp(ctx context.Context, std streams, choice *appChoice, create bool, chosen slackapp.Options) (*appsetup.Plan, error) {
	app, err := choice.id()
	if err != nil {
		return nil, err
	}
	if app == "" && !create {
		return nil, exit.New(exit.Usage, "which app? Name it with --app, or its app token with --app-token-file; --create makes a new one")
	}
	setup, err := choice.setup(std)
	if err != nil {
		return nil, err
	}
	if create {
		return setup.PlanNew(ctx, chosen)
	}
	return setup.Plan(ctx, app)
}

// carryOut shows a plan, asks, and does it.
func carryOut(ctx context.Context, std streams, plan *appsetup.Plan, yes bool) error {
	if err := plan.WriteText(std.out); err != nil {
		return err
	}
	if !plan.Nothing() && !yes {
		if agreed, err := confirm(ctx, std, plan.Question()); err != nil || !agreed {
			return err
		}
	}
	done, err := plan.Do(ctx)
	if err != nil {
		return err
	}
	return done.WriteText(std.out)
}
