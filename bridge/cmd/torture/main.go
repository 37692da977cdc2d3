// Command torture runs a whole bridge of real processes while people talk on both
// sides and everything that can fail does, and says what was lost, doubled or out of
// order. It ends with 1 if anything was. docs/testing.md describes it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/testbed/stack"
	"ops-jrz1/bridge/internal/torture"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ok, err := run(ctx, os.Args[1:])
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "torture:", secret.Redact(err.Error()))
	}
	if !ok {
		os.Exit(1)
	}
}

// parse reads the command line into options.
func parse(args []string) (torture.Options, error) {
	o := torture.Options{Quiet: time.Minute, TimeScale: 0.05, Log: os.Stderr}
	flags := flag.NewFlagSet("torture", flag.ContinueOnError)
	minutes := flags.Float64("minutes", 10, "how long people talk at most")
	flags.Uint64Var(&o.Seed, "seed", 0, "what everything random is made of; 0 is a new one")
	database := flags.String("db", "sqlite", "the bridge's database: sqlite or postgres")
	manners := flags.String("manners", "", "continuwuity: the homeserver treats the bridge as that one does")
	flags.StringVar(&o.Bridge, "bridge", "", "another bridge `program` to run")
	weather := flags.String("faults", "", "what breaks: all, kills (of the bridge, at random instants) or none; without it all, and kills with -bridge")
	flags.IntVar(&o.Kills, "kills", 100, "how often the bridge has to be killed")
	flags.IntVar(&o.HomeserverKills, "homeserver-kills", 20, "how often the homeserver has to be killed")
	flags.IntVar(&o.DatabaseKills, "database-kills", 10, "how often PostgreSQL has to be killed")
	flags.IntVar(&o.Items, "items", 5000, "how much has to happen on each side")
	flags.Float64Var(&o.Rate, "rate", 0, "how much happens a second on each side; 0 is what it takes")
	flags.DurationVar(&o.Quiet, "quiet", o.Quiet, "how long nothing may change before both sides are compared")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if *database != "sqlite" && *database != "postgres" {
		return o, fmt.Errorf("-db %q: write sqlite or postgres", *database)
	}
	if *manners != "" && *manners != "continuwuity" {
		return o, fmt.Errorf("-manners %q: write continuwuity, or leave it out for Synapse's", *manners)
	}
	switch o.Weather = torture.Weather(*weather); {
	case o.Weather == "" && o.Bridge != "":
		o.Weather = torture.KillsAlone
	case o.Weather == "":
		o.Weather = torture.Storm
	case o.Weather != torture.Storm && o.Weather != torture.KillsAlone && o.Weather != torture.Calm:
		return o, fmt.Errorf("-faults %q: write all, kills or none", *weather)
	}
	if *minutes <= 0 || flags.NArg() > 0 {
		return o, errors.New("-minutes has to be greater than 0, and nothing may follow the flags")
	}
	o.Limit = time.Duration(*minutes * float64(time.Minute))
	o.Postgres, o.Continuwuity = *database == "postgres", *manners == "continuwuity"
	if o.Seed == 0 {
		o.Seed = rand.Uint64N(1_000_000) + 1 // Short enough to be typed.
	}
	if o.Rate == 0 {
		o.Rate = float64(o.Items) / (0.85 * o.Limit.Seconds())
	}
	return o, nil
}

// run does it; ok says that nothing was wrong.
func run(ctx context.Context, args []string) (ok bool, err error) {
	options, err := parse(args)
	if err != nil {
		return errors.Is(err, flag.ErrHelp), err
	}
	if options.Root, err = stack.Root(ctx); err != nil {
		return false, err
	}
	if options.Dir, err = os.MkdirTemp("", "torture-"); err != nil {
		return false, err
	}
	report, err := torture.Run(ctx, options)
	if report == nil {
		return false, errors.Join(err, fmt.Errorf("seed %d; its files are kept in %s", options.Seed, options.Dir))
	}
	ok = report.OK() && err == nil
	if writeErr := report.Write(os.Stdout); writeErr != nil || !ok {
		return false, errors.Join(err, writeErr, fmt.Errorf("to run it again: make torture SEED=%d, with the same MINUTES, DB and MANNERS; its files are kept in %s",
			options.Seed, filepath.Clean(options.Dir)))
	}
	return true, os.RemoveAll(options.Dir)
}
