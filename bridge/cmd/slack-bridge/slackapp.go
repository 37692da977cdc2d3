package main

import (
	"context"
	"errors"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/slackapp"
)

func slackAppManifest() command {
	return command{
		name:    "slack-app manifest",
		summary: "print the manifest of the Slack app",
		help: `
Prints the manifest of the Slack app that the bridge is. On https://api.slack.com/apps
choose "Create New App", "From a manifest", and paste it. Which scope is for what is in
docs/reference/slack-app.md. An app that exists is changed by slack-app apply.`,
		setup: func(o *options) action {
			name := o.text("", "name", "", "NAME", "the app's name")
			bot := o.text("", "bot-name", "", "NAME", "the name of its bot user; the app's name if not given")
			description := o.text("", "description", "", "TEXT", "one line about it")
			asJSON := o.on("", "json", "print JSON instead of YAML")
			return func(_ context.Context, std streams) error {
				chosen := slackapp.Options{Name: *name, BotName: *bot, Description: *description}
				if *asJSON {
					chosen.Format = slackapp.JSON
				}
				return printManifest(std, chosen)
			}
		},
	}
}

func printManifest(std streams, chosen slackapp.Options) error {
	manifest, err := slackapp.Manifest(chosen)
	if errors.Is(err, slackapp.ErrOption) {
		return exit.New(exit.Usage, "%w", err)
	}
	if err != nil {
		return err
	}
	_, err = std.out.Write(manifest)
	return err
}
