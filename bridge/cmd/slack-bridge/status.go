package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/mattn/go-isatty"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/operator"
	"ops-jrz1/bridge/internal/settings"
)

// watchEvery is how often --watch asks again.
const watchEvery = 2 * time.Second

func statusCommand() command {
	return command{
		name: "status", summary: "say how the running bridge is",
		help: `
Asks the running bridge how it is: its socket to Slack and why the last one ended, what
came and was done last in each direction, what waits and what is parked, whether the
homeserver delivers, and the limits of Slack's that are being waited for. What keeps
messages from crossing comes first, with the cure. Nothing that people wrote is shown.

The bridge is asked over its socket (operator.socket), which is for root and the bridge's
user. The exit code is 0 when the bridge answers, whatever it says, and 69 when none does.`,
		setup: setupStatus,
	}
}

func setupStatus(o *options) action {
	path := o.text("c", "config", "config.yaml", "FILE", "the configuration")
	watch := o.on("", "watch", "ask again every two seconds, until Ctrl-C")
	asJSON := o.on("", "json", "print JSON, with --watch one document a line")
	return func(ctx context.Context, std streams) error {
		config, problems := settings.Read(*path)
		if problems != nil {
			return problems
		}
		socket := config.OperatorSocket(os.LookupEnv)
		show := func() error { return showStatus(ctx, std.out, socket, *watch, *asJSON) }
		if !*watch {
			return show()
		}
		for {
			if err := show(); err != nil && ctx.Err() == nil {
				fmt.Fprintf(std.err, "%s: %v\n", program, err) // the bridge may be restarting
			}
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(watchEvery):
			}
		}
	}
}

// showStatus asks the bridge at a socket once and prints what it says.
func showStatus(ctx context.Context, out io.Writer, socket string, again, asJSON bool) error {
	client, err := operator.Connect(ctx, socket)
	if errors.Is(err, operator.ErrNobody) {
		return exit.New(exit.Unavailable, "no bridge answers at %s: it is not running, or its log says at the start why there is no socket", socket)
	}
	if err != nil {
		return err
	}
	status, err := client.Status(ctx)
	switch {
	case err != nil:
		return err
	case asJSON && again:
		return json.NewEncoder(out).Encode(status)
	case asJSON:
		return writeJSON(out, status)
	}
	if again {
		fmt.Fprint(out, cleared(out))
	}
	troubles := status.Troubles()
	for _, trouble := range troubles {
		fmt.Fprintln(out, "!", operator.Plain(trouble))
	}
	if len(troubles) > 0 {
		fmt.Fprintln(out)
	}
	return operator.WriteStatus(out, status, time.Now())
}

// cleared is what begins another page: of a terminal its top, elsewhere an empty line.
func cleared(out io.Writer) string {
	if file, ok := out.(*os.File); ok && isatty.IsTerminal(file.Fd()) {
		return "\x1b[H\x1b[2J"
	}
	return "\n"
}
