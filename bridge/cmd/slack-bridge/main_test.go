package main

import (
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"ops-jrz1/bridge/internal/secret"
	"ops-jrz1/bridge/internal/testbed/ports"
)

var update = flag.Bool("update", false, "rewrite what the scripts compare with")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){program: main})
}

// TestScripts runs the program as its users do. Each file of testdata/script is one
// case with its own configuration, named after what it shows.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireUniqueNames:  true,
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			root, err := filepath.Abs(repository)
			env.Setenv("REPOSITORY", root)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code": runsWithCode, "mode": hasMode, "only": holdsOnly,
			"occupied": occupiedPort, "free": freePort, "expand": expandFile,
			"fill": fillInbox, "hold": holdDatabase, "sql": executeSQL, "zip": zipFolder,
			"slack": startSlack, "refresh-token": writeRefreshToken, "app-token": writeAppToken, "manifest": writeManifest,
			"install": installApp, "scopes": hasScopes,
		},
	})
}

// runsWithCode is `code 78 slack-bridge …`: the program ends with that code, never by
// a panic, and shows no token on its standard error output.
func runsWithCode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code <number> <program> [arguments]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got, err := 0, ts.Exec(args[1], args[2:]...)
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		got = failed.ExitCode()
	} else {
		ts.Check(err)
	}
	printed := ts.ReadFile("stderr")
	if got != want {
		ts.Fatalf("ended with %d instead of %d", got, want)
	}
	if strings.Contains(printed, "goroutine ") {
		ts.Fatalf("panicked")
	}
	if token := secret.Find(printed); token != "" {
		ts.Fatalf("showed a token of %d characters", len(token))
	}
}

// hasMode is `mode 600 FILE`.
func hasMode(ts *testscript.TestScript, neg bool, args []string) {
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := fmt.Sprintf("%o", info.Mode().Perm()); neg == (got == args[0]) {
		ts.Fatalf("%s has the mode %s", args[1], got)
	}
}

// holdsOnly is `only FOLDER NAME…`: nothing else is in the folder.
func holdsOnly(ts *testscript.TestScript, _ bool, args []string) {
	entries, err := os.ReadDir(ts.MkAbs(args[0]))
	ts.Check(err)
	var names []string
	for _, entry := range entries {
		if entry.Name() != ".tmp" { // the script engine's own
			names = append(names, entry.Name())
		}
	}
	if got, want := strings.Join(names, " "), strings.Join(args[1:], " "); got != want {
		ts.Fatalf("%s holds %q instead of %q", args[0], got, want)
	}
}

// occupiedPort is `occupied VAR`: a port that the test listens on.
func occupiedPort(ts *testscript.TestScript, _ bool, args []string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	ts.Check(err)
	ts.Defer(func() { listener.Close() })
	ts.Setenv(args[0], strconv.Itoa(listener.Addr().(*net.TCPAddr).Port))
}

// freePort is `free VAR`: a port on which nothing listens and that no other test takes.
func freePort(ts *testscript.TestScript, _ bool, args []string) {
	reserved, err := ports.Reserve()
	ts.Check(err)
	ts.Defer(func() { ts.Check(reserved.Release()) })
	ts.Setenv(args[0], strconv.Itoa(reserved.Port))
}

// expandFile is `expand FILE…`: replaces $VARIABLES in files.
func expandFile(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		path := filepath.Clean(ts.MkAbs(name))
		ts.Check(os.WriteFile(path, []byte(os.Expand(ts.ReadFile(name), ts.Getenv)), 0o600))
	}
}
