package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// command is one thing that can be asked for on the command line.
type command struct {
	// name is what is typed, of one word or two.
	name string
	// summary is one line of the list of commands.
	summary string
	// help says what the command does, reads and writes.
	help string
	// setup declares the command's flags and returns what it does with them.
	setup func(*options) action
}

// action does what a command was asked for.
type action func(ctx context.Context, std streams) error

// options are the flags of a command, each with a long name and perhaps a letter.
type options struct {
	set   *flag.FlagSet
	shown []string
	// needs are the arguments without a dash, in their order.
	needs []argument
}

// argument is something that has to be given without a flag.
type argument struct {
	name string
	into *string
}

func newOptions(name string) *options {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	return &options{set: set}
}

// text declares a flag with a value.
func (o *options) text(letter, name, value, placeholder, usage string) *string {
	target := new(string)
	*target = value
	o.set.StringVar(target, name, value, usage)
	if letter != "" {
		o.set.StringVar(target, letter, value, usage)
	}
	if value != "" {
		usage += " (default " + value + ")"
	}
	o.show(letter, "--"+name+" "+placeholder, usage)
	return target
}

// list declares a flag that may be given several times.
func (o *options) list(name, placeholder, usage string) *[]string {
	target := new([]string)
	o.set.Func(name, usage, func(value string) error {
		*target = append(*target, value)
		return nil
	})
	o.show("", "--"+name+" "+placeholder, usage+"; can be repeated")
	return target
}

// on declares a flag without a value.
func (o *options) on(letter, name, usage string) *bool {
	target := new(bool)
	o.set.BoolVar(target, name, false, usage)
	if letter != "" {
		o.set.BoolVar(target, letter, false, usage)
	}
	o.show(letter, "--"+name, usage)
	return target
}

// argument declares an argument that has to be given. It may be before flags or after
// them.
func (o *options) argument(name string) *string {
	target := new(string)
	o.needs = append(o.needs, argument{name, target})
	return target
}

func (o *options) show(letter, long, usage string) {
	if letter != "" {
		long = "-" + letter + ", " + long
	}
	o.shown = append(o.shown, fmt.Sprintf("  %-28s  %s\n", long, usage))
}

// parse reads the arguments of a command.
func (o *options) parse(name string, args []string) error {
	if err := o.read(args); err != nil {
		return exit.New(exit.Usage, "%w; see `%s`", err, strings.TrimSpace(program+" "+name)+" --help")
	}
	return nil
}

func (o *options) read(args []string) error {
	missing := o.needs
	for {
		if err := o.set.Parse(args); err != nil {
			return err
		}
		switch rest := o.set.Args(); {
		case len(rest) == 0 && len(missing) > 0:
			return fmt.Errorf("%s is missing", missing[0].name)
		case len(rest) == 0:
			return nil
		case len(missing) == 0:
			return fmt.Errorf("unexpected %q", rest[0])
		default:
			*missing[0].into, missing, args = rest[0], missing[1:], rest[1:]
		}
	}
}

// run parses the arguments of a command and does what it says.
func (c command) run(ctx context.Context, std streams, args []string) error {
	if wantsHelp(args) {
		_, err := fmt.Fprint(std.out, c.manual())
		return err
	}
	o := newOptions(c.name)
	act := c.setup(o)
	if err := o.parse(c.name, args); err != nil {
		return err
	}
	return act(ctx, std)
}

func wantsHelp(args []string) bool {
	for _, arg := range args {
		switch arg {
		case "-h", "-help", "--help":
			return true
		case "--":
			return false
		}
	}
	return false
}

// manual is the text of `slack-bridge <command> --help`.
func (c command) manual() string {
	o := newOptions(c.name)
	c.setup(o)
	var b strings.Builder
	fmt.Fprintf(&b, "usage: %s %s", program, c.name)
	if len(o.shown) > 0 {
		b.WriteString(" [options]")
	}
	for _, need := range o.needs {
		b.WriteString(" " + need.name)
	}
	fmt.Fprintf(&b, "\n\n%s\n", strings.TrimSpace(c.help))
	if len(o.shown) > 0 {
		b.WriteString("\noptions:\n" + strings.Join(o.shown, ""))
	}
	return b.String()
}
