// Command slack-bridge bridges a Slack workspace to Matrix. This package owns the
// command line: what is typed, what is printed, and the code with which it ends. It
// must not hold anything that another program could use.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/settings"
)

// program is the name under which the command speaks.
const program = "slack-bridge"

// streams are where a command reads answers, and where it writes: results to out,
// everything else to err.
type streams struct {
	in  io.Reader
	out io.Writer
	err io.Writer
}

func main() { os.Exit(runMain(os.Args[1:])) }

// runMain is main without its end, for tests that run the command line itself.
func runMain(args []string) int {
	// Whatever is written, the database too, holds secrets.
	syscall.Umask(0o077)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	// A second signal ends the program at once.
	context.AfterFunc(ctx, stop)
	std := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr}
	err := dispatch(ctx, std, args)
	if err != nil {
		report(std.err, err)
	}
	return int(exit.Of(err))
}

// report prints an error: each mistake of a configuration on its line, anything else
// as one line with the program's name. Nothing shaped like a token is printed.
func report(w io.Writer, err error) {
	if problems, ok := err.(settings.Problems); ok {
		fmt.Fprintln(w, problems.Error())
		return
	}
	line := strings.Join(strings.Fields(err.Error()), " ")
	fmt.Fprintln(w, secret.Redact(program+": "+line))
}
