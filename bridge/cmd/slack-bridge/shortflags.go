package main

import (
	"context"
	"fmt"
	"strings"

	"ops-jrz1/bridge/internal/exit"
)

// shortOptions are the flags by which mautrix's bridges are used without a command.
type shortOptions struct {
	config, registration               *string
	example, register, noUpdate, print *bool
}

func declareShort(o *options) shortOptions {
	return shortOptions{
		config:       o.text("c", "config", "config.yaml", "FILE", "the configuration"),
		registration: o.text("r", "registration", "registration.yaml", "FILE", "the registration that -g writes"),
		example:      o.on("e", "generate-example-config", "write the example to the configuration's path; - is the standard output"),
		register:     o.on("g", "generate-registration", "write the registration"),
		noUpdate:     o.on("n", "no-update", "accepted; the configuration is never changed"),
		print:        o.on("v", "version", "print the version"),
	}
}

func shortFlagsHelp() string {
	o := newOptions("")
	declareShort(o)
	return strings.Join(o.shown, "")
}

// shortFlags does what the flags of mautrix's bridges ask for: with neither -e nor
// -g nor -v, it runs the bridge.
func shortFlags(ctx context.Context, std streams, args []string) error {
	if wantsHelp(args) {
		_, err := fmt.Fprint(std.out, overview())
		return err
	}
	o := newOptions("")
	given := declareShort(o)
	if err := o.parse("", splitLetters(args)); err != nil {
		return err
	}
	switch {
	case *given.print:
		return printVersion(std)
	case *given.example && *given.register:
		return exit.New(exit.Usage, "-e and -g ask for two things; give them one after the other")
	case *given.example:
		return writeExample(std, *given.config)
	case *given.register:
		return writeRegistration(std, *given.config, *given.registration)
	default:
		return runBridge(ctx, *given.config, std.err)
	}
}

// splitLetters takes flags apart that were typed as one word: -gc is -g -c.
func splitLetters(args []string) []string {
	var split []string
	for _, arg := range args {
		letters, isFlag := strings.CutPrefix(arg, "-")
		if !isFlag || len(letters) < 2 || strings.Trim(letters, "cregnv") != "" {
			split = append(split, arg)
			continue
		}
		for _, letter := range letters {
			split = append(split, "-"+string(letter))
		}
	}
	return split
}
