package main

import (
	"context"
	"io"
	"os"

	"ops-jrz1/bridge/internal/appsetup"
	"ops-jrz1/bridge/internal/exit"
)

// slackAppHelp ends the manual of the commands that ask Slack about an app.
const slackAppHelp = `
The configuration tokens that this takes are yours, not the app's: on
https://api.slack.com/apps, under Your App Configuration Tokens, press Generate Token, and
put the refresh token into the file of --tokens, readable by you alone. Each run replaces it
there before it is used. docs/slack-app.md says more.`

func slackAppCheck() command {
	return command{
		name:    "slack-app check",
		summary: "list what a Slack app lacks and has too much",
		help: `
Compares an app that exists with what the bridge asks for, and prints one list for the
person who administers the app: scopes, events and settings that it lacks or that must be
another, with what is lost otherwise, and those that it has and the bridge has no use for.
With --from the manifest is read from a file, such as one copied from the app's page, and
nothing is asked. It ends with 78 if the bridge cannot work with the app. What was granted
when the app was installed is doctor's business.
` + slackAppHelp,
		setup: setupSlackAppCheck,
	}
}

func setupSlackAppCheck(o *options) action {
	choice := chooseApp(o)
	from := o.text("", "from", "", "FILE", "read the manifest from a file, and ask nothing; - is the standard input")
	asJSON := o.on("", "json", "print JSON")
	return func(ctx context.Context, std streams) error {
		report, err := checkApp(ctx, std, choice, *from)
		if err != nil {
			return err
		}
		write := report.WriteText
		if *asJSON {
			write = report.WriteJSON
		}
		if err := write(std.out); err != nil {
			return err
		}
		if report.Blocked() {
			return exit.New(exit.Config, "the bridge cannot work with this app: `%s slack-app apply` adds what it lacks", program)
		}
		return nil
	}
}

func checkApp(ctx context.Context, std streams, choice *appChoice, from string) (appsetup.Report, error) {
	if from != "" {
		if choice.given() {
			return appsetup.Report{}, exit.New(exit.Usage, "--from asks nothing; it goes without --app and --app-token-file")
		}
		text, err := readFrom(std, from)
		if err != nil {
			return appsetup.Report{}, exit.New(exit.Usage, "cannot read the manifest: %w", err)
		}
		return appsetup.Compare(text)
	}
	app, err := choice.id()
	if err != nil {
		return appsetup.Report{}, err
	}
	if app == "" {
		return appsetup.Report{}, exit.New(exit.Usage, "which app? Name it with --app, or its app token with --app-token-file, or a copy of its manifest with --from")
	}
	setup, err := choice.setup(std)
	if err != nil {
		return appsetup.Report{}, err
	}
	return setup.Check(ctx, app)
}

func readFrom(std streams, path string) ([]byte, error) {
	if path == stdout { // "-" stands for both
		return io.ReadAll(std.in)
	}
	return os.ReadFile(path)
}
