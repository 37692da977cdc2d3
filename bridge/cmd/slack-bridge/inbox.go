package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"time"

	"ops-jrz1/bridge/internal/app"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
)

// inboxHelp ends the manual of each command about the inbox.
const inboxHelp = `
A running bridge is asked over its socket (operator.socket), which is for root and the
bridge's user. When no bridge runs the command opens the database itself. Run it as the
bridge's user then. docs/reference/inbox.md says more.`

func inboxCommands() []command {
	return []command{
		{
			name: "inbox list", summary: "list what waits and what could not be carried over",
			help: `
Lists the rows of the inbox: what is parked because it could not be carried over, and
what waits for its turn. Nothing that people wrote is shown.
` + inboxHelp,
			setup: setupInboxList,
		},
		{
			name: "inbox show", summary: "show one row of the inbox",
			help: `
Shows one row of the inbox: where it is from, why it is parked and what waits with it.
What people wrote is shown with --content only. A command to the bot is never shown.
` + inboxHelp,
			setup: setupInboxShow,
		},
		{
			name: "inbox retry", summary: "try a parked row again",
			help: `
Takes a parked row up again, with the rows that wait with it. A row that waits for another
try is tried at once.
` + inboxHelp,
			setup: setupInboxRetry,
		},
		{
			name: "inbox drop", summary: "give a row up for good",
			help: `
Removes a row from the inbox, with the rows that wait with it. They are not carried over.
` + inboxHelp,
			setup: setupInboxDrop,
		},
	}
}

func setupInboxList(o *options) action {
	all := o.on("", "all", "list everything that waits, not only the oldest rows")
	asJSON := o.on("", "json", "print JSON, with everything that waits")
	return withInbox(o, func(ctx context.Context, std streams, at visit) error {
		rows, err := at.box.List(ctx)
		switch {
		case err != nil:
			return err
		case *asJSON:
			return writeJSON(std.out, map[string]any{"rows": rows})
		default:
			return operator.WriteList(std.out, rows, time.Now(), *all)
		}
	})
}

func setupInboxShow(o *options) action {
	content := o.on("", "content", "show what is in the row, too")
	asJSON := o.on("", "json", "print JSON")
	return forRow(o, func(ctx context.Context, std streams, at visit, id int64) error {
		row, err := at.box.Show(ctx, id, *content)
		switch {
		case err != nil:
			return err
		case *asJSON:
			return writeJSON(std.out, row)
		default:
			return operator.WriteRow(std.out, row, time.Now())
		}
	})
}

func setupInboxRetry(o *options) action {
	return forRow(o, func(ctx context.Context, std streams, at visit, id int64) error {
		rows, err := at.box.Retry(ctx, id)
		if err != nil {
			return err
		}
		when, also := "now", ""
		if !at.running {
			when = "when the bridge starts"
		}
		if rows > 1 {
			also = fmt.Sprintf(", with %d more that waited with it", rows-1)
		}
		_, err = fmt.Fprintf(std.out, "row %d is tried again %s%s\n", id, when, also)
		return err
	})
}

func setupInboxDrop(o *options) action {
	return forRow(o, func(ctx context.Context, std streams, at visit, id int64) error {
		dropped, err := at.box.Drop(ctx, id)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(std.out, "dropped for good: %s\n", operator.IDs(dropped))
		return err
	})
}

// visit is a look into the inbox: that of the bridge that is running, or else that of its
// database.
type visit struct {
	box     operator.Inbox
	running bool
}

// withInbox declares the flag that finds the inbox, and returns the action that does
// something with it.
func withInbox(o *options, do func(ctx context.Context, std streams, at visit) error) action {
	path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
	return func(ctx context.Context, std streams) error {
		config, problems := settings.Read(*path)
		if problems != nil {
			return problems
		}
		box, running, done, err := app.OpenInbox(ctx, config)
		if err != nil {
			return err
		}
		return errors.Join(do(ctx, std, visit{box, running}), done())
	}
}

// forRow is withInbox for a command that is about one row.
func forRow(o *options, do func(ctx context.Context, std streams, at visit, id int64) error) action {
	given := o.argument("ID")
	var id int64
	act := withInbox(o, func(ctx context.Context, std streams, at visit) error { return do(ctx, std, at, id) })
	return func(ctx context.Context, std streams) (err error) {
		if id, err = strconv.ParseInt(*given, 10, 64); err != nil || id <= 0 {
			return exit.New(exit.Usage, "%q is not the ID of a row; `%s inbox list` shows them", *given, program)
		}
		return act(ctx, std)
	}
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
