package main

import (
	"context"
	"fmt"
	"runtime"
	"runtime/debug"
)

// version is set when a release is built: -ldflags "-X main.version=1.2.3".
var version string

func versionCommand() command {
	return command{
		name:    "version",
		summary: "print the version",
		help:    "Prints the versions of the bridge, of Go and of the Matrix framework.",
		setup: func(*options) action {
			return func(_ context.Context, std streams) error { return printVersion(std) }
		},
	}
}

func printVersion(std streams) error {
	_, err := fmt.Fprintf(std.out, "%s %s (%s, mautrix-go %s)\n", program, ownVersion(), runtime.Version(), frameworkVersion())
	return err
}

// ownVersion is the version of a release, or the commit that was built.
func ownVersion() string {
	if version != "" {
		return version
	}
	info, known := debug.ReadBuildInfo()
	if !known {
		return "unknown"
	}
	commit, changed := "", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision" && len(setting.Value) >= 12:
			commit = setting.Value[:12]
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "+changes"
		}
	}
	if commit == "" {
		return "development"
	}
	return commit + changed
}

func frameworkVersion() string {
	if info, known := debug.ReadBuildInfo(); known {
		for _, module := range info.Deps {
			if module.Path == "maunium.net/go/mautrix" {
				return module.Version
			}
		}
	}
	return "unknown"
}
