package appsetup

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/slackapi"
	"ops-jrz1/bridge/internal/slackapp"
)

// Plan is what is to be done to an app, or the app that is to be created.
type Plan struct {
	// App is the app's id, "" before it is created.
	App  string
	Name string
	// Changes are the differences; a plan without any changes nothing.
	Changes []slackapp.Change
	// Kept is what the app has and the bridge does not ask for. It stays.
	Kept []slackapp.Finding
	// Warnings are Slack's and ours.
	Warnings []string

	setup         Setup
	slack         *session
	before, after slackapp.Existing
	create        json.RawMessage
}

// Outcome is what became of a plan.
type Outcome struct {
	App string
	// Created and Changed say what happened, Reinstall that scopes wait for it.
	Created, Changed, Reinstall bool

	setup Setup
}

// Plan reads an app's manifest and says what it lacks. It changes nothing.
func (s Setup) Plan(ctx context.Context, app string) (*Plan, error) {
	slack, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plan{App: app, setup: s, slack: slack}
	if p.before, err = slack.export(ctx, app); err != nil {
		return nil, err
	}
	p.Name = p.before.Name()
	if err := p.usable(); err != nil {
		return nil, err
	}
	if p.after, p.Changes, err = p.before.Complete(); err != nil {
		return nil, exit.New(exit.Data, "%w", err)
	}
	if p.Kept, err = p.after.Findings(); err != nil {
		return nil, exit.New(exit.Data, "%w", err)
	}
	return p, p.validate(ctx)
}

// usable refuses an app with a setting that Slack does not change back.
func (p *Plan) usable() error {
	settings, err := p.before.Unusable()
	switch {
	case err != nil:
		return exit.New(exit.Data, "%w", err)
	case len(settings) > 0:
		s := settings[0]
		return exit.New(exit.Config, "%s is of no use to the bridge: %s is %t; %s: `slack-bridge slack-app apply --create`", called(p.App, p.Name), s.Path, !s.On, s.Lost)
	}
	return nil
}

// validate asks Slack what it would refuse before a person is asked.
func (p *Plan) validate(ctx context.Context) error {
	if len(p.Changes) == 0 {
		return nil
	}
	text, err := p.after.JSON()
	if err != nil {
		return err
	}
	if p.Warnings, err = p.slack.ValidateManifest(ctx, p.App, text); err != nil {
		return failed(err)
	}
	for _, c := range p.Changes {
		if c.Path == slackapp.SocketModePath && p.before.TakesRequestsByHTTP() {
			p.Warnings = append(p.Warnings, "the app takes events, commands or clicks by HTTP: with Socket Mode on, they go to its sockets and not to its addresses")
		}
	}
	return nil
}

// PlanNew is the plan of a new app. It changes nothing.
func (s Setup) PlanNew(ctx context.Context, chosen slackapp.Options) (*Plan, error) {
	chosen.Format = slackapp.JSON
	text, err := slackapp.Manifest(chosen)
	if err != nil {
		return nil, exit.New(exit.Usage, "%w", err)
	}
	made, err := parse(text)
	if err != nil {
		return nil, err
	}
	slack, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	p := &Plan{Name: made.Name(), setup: s, slack: slack, create: text}
	if p.Warnings, err = slack.ValidateManifest(ctx, "", text); err != nil {
		return nil, failed(err)
	}
	return p, nil
}

// Question is what a person is asked before Do.
func (p *Plan) Question() string {
	if p.create == nil {
		return fmt.Sprintf("Change %s?", called(p.App, p.Name))
	}
	where := ""
	if p.slack.team != "" {
		where = " in the workspace " + p.slack.team
	}
	return fmt.Sprintf("Create the app %q%s?", p.Name, where)
}

// Nothing says whether there is nothing to do.
func (p *Plan) Nothing() bool { return p.create == nil && len(p.Changes) == 0 }

// Do carries the plan out. An app that was changed since the plan was made is left alone.
func (p *Plan) Do(ctx context.Context) (Outcome, error) {
	if p.create != nil {
		return p.doCreate(ctx)
	}
	done := Outcome{App: p.App, setup: p.setup}
	if p.Nothing() {
		return done, nil
	}
	now, err := p.slack.export(ctx, p.App)
	if err != nil {
		return done, err
	}
	if !now.Same(p.before) {
		return done, exit.New(exit.TryAgain, "%s was changed meanwhile by another; nothing was done, try again", called(p.App, p.Name))
	}
	text, err := p.after.JSON()
	if err != nil {
		return done, err
	}
	if done.Reinstall, err = p.slack.UpdateManifest(ctx, p.App, text); err != nil {
		return done, failed(err)
	}
	done.Changed = true
	return done, nil
}

func (p *Plan) doCreate(ctx context.Context) (Outcome, error) {
	app, err := p.slack.CreateManifest(ctx, p.create)
	if slackapi.MayHaveHappened(err) {
		return Outcome{}, exit.New(exit.Unavailable, "%w; the app may be there all the same: look at https://api.slack.com/apps before you try again", err)
	}
	if err != nil {
		return Outcome{}, failed(err)
	}
	return Outcome{App: app, Created: true, setup: p.setup}, nil
}

// WriteText shows the difference.
func (p *Plan) WriteText(w io.Writer) error {
	out := printer{w: w}
	if p.Nothing() {
		out.say("%s has all that the bridge asks for; nothing is changed\n", called(p.App, p.Name))
		return out.err
	}
	if p.create == nil {
		out.say("%s is to be changed:\n", called(p.App, p.Name))
		path := ""
		for _, c := range p.Changes {
			if c.Path != path {
				path = c.Path
				out.say("  %s\n", path)
			}
			if c.Added != "" {
				out.say("    + %-28s %s\n", c.Added, c.Why)
			} else {
				out.say("    %-30s %s\n", c.Was+" → "+c.Is, c.Why)
			}
		}
		out.say("Everything else stays as it is%s.\n", p.kept())
	}
	for _, warning := range p.Warnings {
		out.say("Mind: %s\n", warning)
	}
	return out.err
}

// kept names what the bridge does not ask for.
func (p *Plan) kept() string {
	names := ""
	for _, f := range p.Kept {
		if f.Verdict == slackapp.TooMuch {
			names += ", " + f.Name
		}
	}
	if names == "" {
		return ""
	}
	return ", also what the bridge does not ask for: " + names[2:]
}

// WriteText says what happened and what a person must still do.
func (o Outcome) WriteText(w io.Writer) error {
	out := printer{w: w}
	switch {
	case o.Created:
		out.say("Created %s. From now on: slack-bridge slack-app apply --app %s\n", o.App, o.App)
	case o.Changed:
		out.say("Changed %s.\n", o.App)
	}
	install := "Install the app, unless it is installed"
	switch {
	case o.Created:
		install = "Install the app"
	case o.Reinstall:
		out.say("The new scopes count when the app is installed again.\n")
		install = "Install the app again"
	}
	out.say("\nWhat a person must still do; an administrator may have to approve it:\n")
	out.say("  1. %s, and copy the Bot User OAuth Token (xoxb-…):\n     %s\n", install, o.setup.page(o.App, "install-on-team"))
	out.say("  2. Under App-Level Tokens, copy the token (xapp-…), or generate one with the scope connections:write:\n     %s\n", o.setup.page(o.App, "general"))
	if !o.Created {
		out.say("A token that you have already stays the same.\n")
	}
	return out.err
}

// printer keeps the first error of several writes.
type printer struct {
	w   io.Writer
	err error
}

func (p *printer) say(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}
