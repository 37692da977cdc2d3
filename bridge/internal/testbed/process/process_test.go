package process_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"ops-jrz1/bridge/internal/testbed/await"
	"ops-jrz1/bridge/internal/testbed/process"
)

func start(t *testing.T, script string) *process.Process {
	t.Helper()
	p, err := process.Start(process.Command{
		Name: "script", Path: "/bin/sh", Args: []string{"-c", script},
		Log: filepath.Join(t.TempDir(), "script.log"),
	})
	require.NoError(t, err)
	t.Cleanup(p.Kill)
	return p
}

func deadline(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

func TestExitCode(t *testing.T) {
	for script, want := range map[string]int{
		"exit 0": 0, "exit 78": 78, "kill -KILL $$": 128 + 9,
	} {
		t.Run(script, func(t *testing.T) {
			p := start(t, script)
			<-p.Exited()
			require.Equal(t, want, p.ExitCode())
		})
	}
}

func TestStopLetsTheProcessFinish(t *testing.T) {
	p := start(t, `trap 'echo bye; exit 3' TERM; echo ready; while :; do sleep 0.05; done`)
	_, err := p.AwaitLog(deadline(t, 10*time.Second), "ready")
	require.NoError(t, err)
	require.Equal(t, -1, p.ExitCode())

	require.NoError(t, p.Stop(deadline(t, 10*time.Second)))
	require.Equal(t, 3, p.ExitCode())
	log, err := p.Log()
	require.NoError(t, err)
	require.Equal(t, "ready\nbye\n", log)
}

func TestStopKillsWhatDoesNotEnd(t *testing.T) {
	p := start(t, `trap '' TERM; echo ready; while :; do sleep 0.05; done`)
	_, err := p.AwaitLog(deadline(t, 10*time.Second), "ready")
	require.NoError(t, err)
	err = p.Stop(deadline(t, 100*time.Millisecond))
	require.ErrorContains(t, err, "was killed")
	require.Equal(t, 128+9, p.ExitCode())
}

func TestAwaitLogSaysHowTheProcessEnded(t *testing.T) {
	p := start(t, "echo first; echo no licence >&2; exit 4")
	_, err := p.AwaitLog(deadline(t, 10*time.Second), "ready")
	require.ErrorContains(t, err, "ended with 4")
	require.ErrorContains(t, err, "no licence")
}

func TestLogOfASecondProcessBeginsAnew(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	for _, word := range []string{"one", "two"} {
		p, err := process.Start(process.Command{Name: word, Path: "/bin/echo", Args: []string{word}, Log: log})
		require.NoError(t, err)
		<-p.Exited()
		text, err := p.Log()
		require.NoError(t, err)
		require.Equal(t, word+"\n", text)
	}
	both, err := os.ReadFile(log)
	require.NoError(t, err)
	require.Equal(t, "one\ntwo\n", string(both))
}

func TestStartNamesWhatIsMissing(t *testing.T) {
	_, err := process.Start(process.Command{Name: "ghost", Path: "/does/not/exist", Log: filepath.Join(t.TempDir(), "log")})
	require.ErrorContains(t, err, "start ghost")
}

// TestChildDiesWithItsParent runs this test binary as a parent that starts a
// child and is killed.
func TestChildDiesWithItsParent(t *testing.T) {
	const parent = "TESTBED_PROCESS_PARENT"
	if log := os.Getenv(parent); log != "" {
		p, err := process.Start(process.Command{Name: "child", Path: "/bin/sh", Args: []string{"-c", "echo $$; exec sleep 300"}, Log: log})
		require.NoError(t, err)
		<-p.Exited()
		return
	}
	log := filepath.Join(t.TempDir(), "child.log")
	cmd := exec.Command(os.Args[0], "-test.run", "^TestChildDiesWithItsParent$")
	cmd.Env = append(os.Environ(), parent+"="+log)
	require.NoError(t, cmd.Start())

	var child int
	require.NoError(t, await.Until(deadline(t, 20*time.Second), "the child's number", func(context.Context) (bool, error) {
		text, _ := os.ReadFile(log)
		number, err := strconv.Atoi(strings.TrimSpace(string(text)))
		child = number
		return err == nil, nil
	}))
	require.NoError(t, syscall.Kill(child, 0), "the child runs")
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.NoError(t, await.Until(deadline(t, 20*time.Second), "the child's end", func(context.Context) (bool, error) {
		return gone(child), nil
	}))
}

// gone says whether a process has ended; one that was not waited for yet (a
// zombie, state Z in /proc) has.
func gone(pid int) bool {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return true
	}
	_, state, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(state, "Z")
}
