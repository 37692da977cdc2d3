package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/secret/secrettest"
	"ops-jrz1/bridge/internal/testbed/process"
)

// start runs the demo as `make demo` does, with a temporary folder of its own.
func start(t *testing.T, env []string, args ...string) (demo *process.Process, tmp string) {
	t.Helper()
	// Unix sockets and long names of tests do not go together.
	tmp, err := os.MkdirTemp("", "demo-test-")
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(tmp)) })
	bin := filepath.Join(tmp, "bin")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags", "goolm", "-o", bin, ".").CombinedOutput()
	require.NoError(t, err, string(out))
	demo, err = process.Start(process.Command{
		Name: "demo", Path: bin, Args: args, Env: append(env, "TMPDIR="+tmp), Log: filepath.Join(tmp, "demo.log"),
	})
	require.NoError(t, err)
	t.Cleanup(demo.Kill)
	return demo, tmp
}

func awaitExit(t *testing.T, demo *process.Process) (code int, log string) {
	t.Helper()
	select {
	case <-demo.Exited():
	case <-time.After(3 * time.Minute):
		t.Fatal("the demo has not ended")
	}
	log, err := demo.Log()
	require.NoError(t, err)
	secrettest.Check(t, "the demo", log)
	return demo.ExitCode(), log
}

func TestOnce(t *testing.T) {
	demo, tmp := start(t, nil, "-once")
	code, log := awaitExit(t, demo)
	require.Zero(t, code, log)
	require.Regexp(t, regexp.MustCompile(`(?m)^slack→matrix ok \d+\nmatrix→slack ok \d+\n`), log)
	nothingLeft(t, tmp)
}

func TestInterruptEndsEverything(t *testing.T) {
	demo, tmp := start(t, nil)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	_, err := demo.AwaitLog(ctx, "Ctrl-C stops everything")
	require.NoError(t, err)
	require.NotEmpty(t, using(t, tmp), "its processes are found while it runs")

	require.NoError(t, demo.Signal(syscall.SIGINT))
	code, log := awaitExit(t, demo)
	require.Zero(t, code, log)
	nothingLeft(t, tmp)
}

func TestFailureIsNamed(t *testing.T) {
	demo, _ := start(t, []string{"CONTINUWUITY_BIN=/bin/false"}, "-once")
	code, log := awaitExit(t, demo)
	require.Equal(t, 1, code)
	require.Contains(t, log, "continuwuity ended with 1")
	require.Contains(t, log, "the logs are kept")
}

// TestSynapseIsInstalledWhenNeeded: where continuwuity is, the demo takes it, and nothing
// is installed that it does not use. python3 is a stand-in that only says it was asked.
func TestSynapseIsInstalledWhenNeeded(t *testing.T) {
	for _, tc := range []struct {
		name, program, given string
		installs             bool
	}{
		{name: "neither", installs: true},
		{name: "continuwuity in PATH", program: "continuwuity"},
		{name: "under its older name", program: "conduwuit"},
		{name: "CONTINUWUITY_BIN", given: "/bin/false"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			bin, asked := t.TempDir(), filepath.Join(t.TempDir(), "asked")
			programs := map[string]string{"python3": "touch " + asked + "; exit 1"}
			if tc.program != "" {
				programs[tc.program] = "exit 0"
			}
			for name, script := range programs {
				require.NoError(t, os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+script+"\n"), 0o700))
			}
			// What is in PATH on this machine must not decide.
			for _, tool := range []string{"make", "bash", "env", "go", "gcc", "dirname", "sort", "head", "touch"} {
				path, err := exec.LookPath(tool)
				require.NoError(t, err)
				require.NoError(t, os.Symlink(path, filepath.Join(bin, tool)))
			}
			// The recipes of what the demo needs, without the demo.
			needs := exec.CommandContext(t.Context(), "make", "-s", "-C", "../../..", "need-demo")
			needs.Env = append(os.Environ(), "PATH="+bin, "CONTINUWUITY_BIN="+tc.given, "CC=gcc")
			out, err := needs.CombinedOutput()
			if tc.installs {
				require.Error(t, err)
				require.FileExists(t, asked)
				return
			}
			require.NoError(t, err, string(out))
			require.NoFileExists(t, asked)
			require.Empty(t, string(out))
		})
	}
}

// nothingLeft wants neither processes nor folders of the demo.
func nothingLeft(t *testing.T, tmp string) {
	t.Helper()
	require.Empty(t, using(t, tmp))
	folders, err := filepath.Glob(filepath.Join(tmp, "demo-*"+string(filepath.Separator)))
	require.NoError(t, err)
	require.Empty(t, folders)
}

// using lists the command lines of processes that name a folder of the demo.
func using(t *testing.T, tmp string) []string {
	t.Helper()
	var found []string
	entries, err := os.ReadDir("/proc")
	require.NoError(t, err)
	for _, entry := range entries {
		if _, err := strconv.Atoi(entry.Name()); err != nil {
			continue
		}
		line, err := os.ReadFile(filepath.Join("/proc", entry.Name(), "cmdline"))
		if err == nil && strings.Contains(string(line), tmp+"/demo-") {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}
