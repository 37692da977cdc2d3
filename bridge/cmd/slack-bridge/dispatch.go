package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// commands returns everything that the program does, in the order of its help.
func commands() []command {
	return slices.Concat([]command{
		runCommand(), configExample(), configRender(), configCheck(), registrationContinuwuity(), registrationCommand(),
		doctorCommand(),
	}, []command{statusCommand()}, inboxCommands(), []command{
		eraseCommand(),
		backupCommand(), restoreCommand(), takeoverCommand(), uninstallCommand(), alertsCommand(), importCommand(), slackAppManifest(), slackAppCheck(), slackAppApply(), slackAppDelete(), versionCommand(),
	})
}

// dispatch finds the command that args ask for and runs it. Arguments that begin
// with a flag are those of mautrix's bridges.
func dispatch(ctx context.Context, std streams, args []string) error {
	if len(args) == 0 {
		fmt.Fprint(std.err, overview())
		return exit.New(exit.Usage, "no command given")
	}
	if args[0] == "help" {
		return help(std, args[1:])
	}
	if strings.HasPrefix(args[0], "-") {
		return shortFlags(ctx, std, args)
	}
	found, rest := find(args)
	if found == nil {
		return unknownCommand(args)
	}
	return found.run(ctx, std, rest)
}

// find returns the command whose words args begin with, and the other arguments. A
// command whose words begin another's stands after it.
func find(args []string) (*command, []string) {
	for _, each := range commands() {
		words := strings.Fields(each.name)
		if len(args) >= len(words) && strings.Join(args[:len(words)], " ") == each.name {
			return &each, args[len(words):]
		}
	}
	return nil, nil
}

// unknownCommand names what could have been meant.
func unknownCommand(args []string) error {
	var known []string
	for _, each := range commands() {
		if first, _, _ := strings.Cut(each.name, " "); first == args[0] {
			known = append(known, "`"+program+" "+each.name+"`")
		}
	}
	if known != nil {
		return exit.New(exit.Usage, "%s needs to know what to do: %s", args[0], strings.Join(known, ", "))
	}
	return exit.New(exit.Usage, "no command %q; see `%s --help`", args[0], program)
}

// help prints the overview, or the manual of one command.
func help(std streams, args []string) error {
	if len(args) == 0 {
		_, err := fmt.Fprint(std.out, overview())
		return err
	}
	found, rest := find(args)
	if found == nil || len(rest) > 0 {
		return unknownCommand(args)
	}
	_, err := fmt.Fprint(std.out, found.manual())
	return err
}

// overview is the text of `slack-bridge --help`.
func overview() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s bridges a Slack workspace to Matrix.\n\nusage: %s <command> [options]\n\ncommands:\n", program, program)
	for _, each := range commands() {
		fmt.Fprintf(&b, "  %-25s  %s\n", each.name, each.summary)
	}
	b.WriteString("\nThe flags of mautrix's bridges work without a command:\n" + shortFlagsHelp())
	fmt.Fprintf(&b, "\n`%s <command> --help` says more about a command.\n", program)
	return b.String()
}
