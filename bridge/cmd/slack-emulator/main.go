// Command slack-emulator is a Slack workspace in one process: the Web API, Socket
// Mode, a control API and a page, for demos and tests. Its flags, files and exit
// codes are described in docs/reference/emulator.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/clock"
	"ops-jrz1/bridge/internal/emulator/seed"
	"ops-jrz1/bridge/internal/emulator/web"
	"ops-jrz1/bridge/internal/exit"
	"ops-jrz1/bridge/internal/secret"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	err := run(ctx, os.Args[1:], os.Stderr)
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "slack-emulator:", secret.Redact(err.Error()))
	}
	os.Exit(int(exit.Of(ignoreHelp(err))))
}

func ignoreHelp(err error) error {
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	return err
}

// options are the command line.
type options struct {
	listen, seed, readyFile, tokensFile, logLevel string
	timeScale, rateScale                          float64
	latency                                       latency
	printSeed                                     bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("slack-emulator", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.listen, "listen", "127.0.0.1:0", "address to listen on; loopback only")
	flags.StringVar(&o.seed, "seed", "", "YAML `file` of the workspace; without it a small default one")
	flags.Float64Var(&o.timeScale, "time-scale", 1, "real seconds that one second of Slack's schedules takes; 0.01 is a hundred times faster")
	flags.Float64Var(&o.rateScale, "rate-scale", 1, "multiplies the rate limits' budgets; 0 takes the limits away")
	flags.Var(&o.latency, "answer-delay", "`span` of real time that every call takes at random, such as 200ms-500ms; without it none")
	flags.StringVar(&o.readyFile, "ready-file", "", "`file` that gets the base URL once the emulator answers")
	flags.StringVar(&o.tokensFile, "tokens-file", "", "`file` (mode 0600) that gets URLs and tokens as JSON; without it one in a new temporary folder")
	flags.StringVar(&o.logLevel, "log-level", "info", "trace, debug, info, warn or error")
	flags.BoolVar(&o.printSeed, "print-seed", false, "print the default seed and end")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return o, err
		}
		return o, exit.New(exit.Usage, "%v", err)
	}
	switch {
	case flags.NArg() > 0:
		return o, exit.New(exit.Usage, "unexpected argument %q; see --help", flags.Arg(0))
	case o.timeScale <= 0:
		return o, exit.New(exit.Usage, "--time-scale must be greater than 0")
	case o.rateScale < 0:
		return o, exit.New(exit.Usage, "--rate-scale must not be negative")
	}
	return o, checkLoopback(o.listen)
}

// run serves until the context ends.
func run(ctx context.Context, args []string, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	if o.printSeed {
		_, err := os.Stdout.Write(seed.Default())
		return err
	}
	log, err := newLog(stderr, o.logLevel)
	if err != nil {
		return err
	}
	file, err := loadSeed(o.seed)
	if err != nil {
		return err
	}
	tokens, err := newTokensFile(o.tokensFile)
	if err != nil {
		return err
	}
	c := clock.New(o.timeScale)
	defer c.Close()
	e, err := emulator.Start(emulator.Options{
		Listen: o.listen, Seed: file, Clock: c, RateScale: &o.rateScale, Latency: web.Latency(o.latency), Log: log, TokensChanged: tokens.rewrite(log),
	})
	if err != nil {
		return startError(err)
	}
	if err := announce(e, tokens, o, log); err != nil {
		return errors.Join(err, shutDown(e))
	}
	select {
	case <-ctx.Done():
		log.Info("Stopping")
		return shutDown(e)
	case err := <-e.Served():
		return exit.New(exit.Software, "the server ended: %v", err)
	}
}

// announce writes the files that others wait for.
func announce(e *emulator.Emulator, tokens *tokensFile, o options, log *zap.Logger) error {
	if err := tokens.write(e); err != nil {
		return exit.New(exit.CannotWrite, "%v", err)
	}
	if err := writeReady(o.readyFile, e.URL()); err != nil {
		return exit.New(exit.CannotWrite, "%v", err)
	}
	log.Info("The emulator is ready", zap.String("page", e.URL()+"/"), zap.String("api", e.APIURL()), zap.String("control", e.URL()+"/emulator/v1"), zap.String("tokens_file", tokens.path))
	return nil
}

func shutDown(e *emulator.Emulator) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := e.Close(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return exit.New(exit.Software, "shut down: %v", err)
	}
	return nil
}

func loadSeed(path string) (*seed.File, error) {
	if path == "" {
		return nil, nil
	}
	f, err := seed.Load(path)
	if err != nil {
		return nil, exit.New(exit.Data, "%v", err)
	}
	return f, nil
}
