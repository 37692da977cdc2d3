// Command demo runs a whole bridge on this machine to play with: a homeserver,
// the Slack emulator with its page, and the bridge between them. It ends with
// everything it started. With -once it sends one message each way, says how long
// each took, and ends.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"ops-jrz1/bridge/internal/secret"
)

func main() {
	once := flag.Bool("once", false, "send one message each way and exit")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, *once)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, secret.Redact(err.Error()))
		os.Exit(1)
	}
}

// run does it all; the world is taken down on every way out.
func run(ctx context.Context, once bool) (err error) {
	w, err := build(ctx)
	defer func() { err = errors.Join(err, w.close(err)) }()
	switch {
	case err != nil:
	case once:
		err = w.once(ctx)
	default:
		err = w.serve(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return errors.New("interrupted")
	}
	return err
}

// continuwuity returns the program of that name, or "" if it is not installed:
// nixpkgs calls it conduwuit.
func continuwuity() string {
	if bin := os.Getenv("CONTINUWUITY_BIN"); bin != "" {
		return bin
	}
	for _, name := range []string{"continuwuity", "conduwuit"} {
		if bin, err := exec.LookPath(name); err == nil {
			return bin
		}
	}
	return ""
}
