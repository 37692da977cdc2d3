package main

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ops-jrz1/bridge/internal/emulator"
	"ops-jrz1/bridge/internal/emulator/seed"
)

// slacks are the emulators of the scripts that run, by their folders.
var slacks sync.Map

// startSlack is `slack SEED`: an emulator, with its address in $SLACK.
func startSlack(ts *testscript.TestScript, _ bool, args []string) {
	file, err := seed.Load(ts.MkAbs(args[0]))
	ts.Check(err)
	off := 0.0
	slack, err := emulator.Start(emulator.Options{Seed: file, RateScale: &off})
	ts.Check(err)
	ts.Defer(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		ts.Check(slack.Close(ctx))
	})
	ts.Setenv("SLACK", slack.APIURL())
	slacks.Store(ts.Getenv("WORK"), slack)
}

func slackOf(ts *testscript.TestScript) *emulator.Emulator {
	slack, started := slacks.Load(ts.Getenv("WORK"))
	if !started {
		ts.Fatalf("no slack was started")
	}
	return slack.(*emulator.Emulator)
}

// writeRefreshToken is `refresh-token USER FILE`.
func writeRefreshToken(ts *testscript.TestScript, _ bool, args []string) {
	token := slackOf(ts).Workspace.RefreshTokens()[args[0]]
	ts.Check(os.MkdirAll(filepath.Dir(ts.MkAbs(args[1])), 0o700))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(token+"\n"), 0o600))
}

// writeAppToken is `app-token APP FILE`.
func writeAppToken(ts *testscript.TestScript, _ bool, args []string) {
	_, token := slackOf(ts).Workspace.Tokens(args[0])
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(token+"\n"), 0o600))
}

// writeManifest is `manifest APP FILE`: what the app is now.
func writeManifest(ts *testscript.TestScript, _ bool, args []string) {
	app, err := slackOf(ts).Workspace.FindApp(args[0])
	ts.Check(err)
	var text bytes.Buffer
	ts.Check(json.Indent(&text, app.Manifest, "", "  "))
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), append(text.Bytes(), '\n'), 0o600))
}

// installApp is `install APP`.
func installApp(ts *testscript.TestScript, _ bool, args []string) {
	ts.Check(slackOf(ts).Workspace.Reinstall(args[0], ""))
}

// hasScopes is `scopes APP SCOPE…`: what was granted.
func hasScopes(ts *testscript.TestScript, neg bool, args []string) {
	app, err := slackOf(ts).Workspace.FindApp(args[0])
	ts.Check(err)
	for _, scope := range args[1:] {
		if slices.Contains(app.Scopes, scope) == neg {
			ts.Fatalf("%s was granted %s", args[0], strings.Join(app.Scopes, " "))
		}
	}
}
